"""What is read without sign-in and describes the rest: the page, and the documents that it is drawn from."""
