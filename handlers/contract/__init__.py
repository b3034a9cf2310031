"""The contract between clients, functions and topology: pure data and pydantic models, nothing of AWS."""
