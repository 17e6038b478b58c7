"""What `stance open` serves, as its users meet it."""
