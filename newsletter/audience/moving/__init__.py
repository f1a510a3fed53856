"""Moving in: lists of readers as other products write them, whatever they lie in, and what each row says of a person."""
