"""`stance annotate`: one sentence after the other, on the terminal."""

import argparse

from pipeline.annotation.names import BY_DOCUMENT, ORDERS
from stance.commands.options import add_kind, count


def add_options(parser: argparse.ArgumentParser) -> None:
    """Describe the command and its options."""
    parser.description = (
        "Annotate one sentence after the other; each answer is saved at once. The "
        "model's suggestion is shown after your own choice."
    )
    parser.add_argument(
        "document", nargs="?", metavar="DOCUMENT", help="one document (default: all)"
    )
    who = parser.add_mutually_exclusive_group(required=True)
    who.add_argument("--annotator", metavar="NAME", help="annotate what nobody has annotated")
    who.add_argument(
        "--second", metavar="NAME", help="annotate what others have annotated, without their votes"
    )
    who.add_argument("--referee", metavar="NAME", help="decide what the others dispute")
    add_kind(parser)
    parser.add_argument("--count", type=count, metavar="N", help="stop after N sentences")
    parser.add_argument(
        "--order",
        choices=ORDERS,
        help="as the documents have them (the default), those first of which the model is least "
        "sure, or such ones from all over the material",
    )
    parser.add_argument(
        "--suggest", action="store_true", help="show the model's suggestion before your choice"
    )
    parser.add_argument(
        "--sample", type=count, metavar="N", help="with --second: of N sentences drawn at random"
    )
    parser.add_argument(
        "--seed", type=int, metavar="N", help="with --second: which sample (default: 0)"
    )


def check(parser: argparse.ArgumentParser, options: argparse.Namespace) -> None:
    """Refuse options that do not go together."""
    if not options.second and (options.sample or options.seed is not None):
        parser.error("--sample and --seed go with --second")
    if not options.annotator and options.order:
        parser.error("--order goes with --annotator")
    if options.second and options.suggest:
        parser.error("a second pass is blind: --suggest does not go with --second")
    if options.referee and options.kind:
        parser.error("--kind does not go with --referee")


def run(options: argparse.Namespace) -> None:
    """Annotate, a first or a second time, or decide."""
    from pipeline.annotation.walk import annotate, annotate_second, referee

    document, number = options.document, options.count
    if options.second:
        sample, seed = options.sample, options.seed or 0
        annotate_second(
            document, options.second, options.kind, sample=sample, seed=seed, count=number
        )
    elif options.referee:
        referee(document, options.referee, count=number, suggest=options.suggest)
    else:
        order, suggest = options.order or BY_DOCUMENT, options.suggest
        annotate(
            document, options.annotator, options.kind, order=order, count=number, suggest=suggest
        )
