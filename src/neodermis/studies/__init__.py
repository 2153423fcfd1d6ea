"""Published studies as runnable arms, beside what the model predicts of them."""
