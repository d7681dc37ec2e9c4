"""The operator page: one document, made of the files in this folder."""
