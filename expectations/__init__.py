"""The house's vocabulary: schemas, code lists, errors, messages, cards and validation suites."""
