"""What an article is saved as, told by its content, and a reader for each."""
