"""The contract between clients, functions and topology: data and pydantic models, without AWS."""
