"""What becomes of an article's text: cleaned, its paragraphs told apart, cut into sentences."""
