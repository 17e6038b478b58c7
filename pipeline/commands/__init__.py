"""The commands of the `stance` program: what people do with the result of the pipeline."""
