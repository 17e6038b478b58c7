"""The saved model: from text to a stance, its probability, an abstention and an explanation."""
