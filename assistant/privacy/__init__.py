"""What is kept about people: how long, who it names, and how it is erased."""
