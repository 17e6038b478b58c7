# `make` sets everything up and runs the pipeline; `make check` and `make test` set up and test it.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# The stages call `python`: it must be the environment's.
export PATH := $(CURDIR)/$(BIN):$(PATH)

.DEFAULT_GOAL := repro
.PHONY: repro check style test stages lock baselines cluster encoder html hub page parquet pdf sheets word docs clean help

repro: $(VENV)/.core ## set up the environment and rebuild what is out of date (the default)
	@dvc repro
	@echo "The report: reports/report.html"

style: $(VENV)/.test
	@ruff check && ruff format --check && mypy && lint-imports
	@check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yml
	@check-jsonschema --builtin-schema vendor.citation-file-format --default-filetype yaml CITATION.cff

check: style ## for every change: check style, types, imports, workflows and citation, and run the unit tests
	@pytest -m unit

test: style ## all that `make check` checks, and the tests of whole projects and in a browser
	@pytest

lock: $(VENV)/.test ## write the requirements files again from pyproject.toml
	@$(BIN)/pip install --quiet uv
	@uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes \
		--no-header --no-annotate --group build --extra pipeline pyproject.toml \
		--output-file requirements.txt
	@uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes \
		--no-header --no-annotate --constraint requirements.txt pyproject.toml \
		--output-file requirements-score.txt
	@uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes \
		--no-header --no-annotate --constraint requirements.txt --group test \
		--output-file requirements-test.txt
	@for extra in cluster encoder html hub page parquet pdf sheets word; do \
		uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes \
			--no-header --no-annotate --constraint requirements.txt --extra pipeline --extra $$extra \
			pyproject.toml \
			--output-file requirements-$$extra.txt; \
	done

baselines: $(VENV)/.core ## measure the baselines on the encoder's corpus again (some minutes)
	python -m pipeline.stages.baselines
	dvc commit --force --quiet baselines

encoder: $(VENV)/.core ## fine-tune the encoder again (PyTorch, several GB; under an hour; docs/encoder.md)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-encoder.txt
	python -m pipeline.stages.finetune
	dvc commit --force --quiet finetune

hub: $(VENV)/.core ## add the extra `hub`: sentence-transformers and PyTorch (several GB)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-hub.txt

parquet: $(VENV)/.core ## add the extra `parquet`: Apache Arrow, to read and write Parquet
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-parquet.txt

cluster: $(VENV)/.core ## add the extra `cluster`: Dask distributed and Parquet
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-cluster.txt

html: $(VENV)/.core ## add the extra `html`: trafilatura, which finds the article in a saved web page
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-html.txt

page: $(VENV)/.core ## add the extra `page`: Starlette and uvicorn, for `stance open`
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-page.txt

pdf: $(VENV)/.core ## add the extra `pdf`: pypdf, to read articles in PDF
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-pdf.txt

sheets: $(VENV)/.core ## add the extra `sheets`: calamine and XlsxWriter, to read and write .xlsx and .ods
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-sheets.txt

word: $(VENV)/.core ## add the extra `word`: python-docx and striprtf, to read articles in Word and RTF
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-word.txt

stages: $(VENV)/.core ## write the code that the stages depend on into dvc.yaml
	@python -m pipeline.project.code

docs: $(VENV)/.test ## write the generated parts of README.md and docs/ again, and take the pictures
	@python -m tests.readme
	@python -m tests.pictures

clean: ## remove the environment and what tools left behind
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .import_linter_cache

help: ## list these commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "%-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or later is needed: make PYTHON=/path/to/python3"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.core: requirements.txt pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.test: requirements-test.txt $(VENV)/.core
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-test.txt
	@touch $@
