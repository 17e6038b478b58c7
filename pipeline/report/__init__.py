"""What people open after a run: its content, its pages, its figures, its traceable numbers."""
