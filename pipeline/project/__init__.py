"""A project's tables, params and documents: where they lie, and how they are read and checked."""
