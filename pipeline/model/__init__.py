"""From text to a stance: the encoder, the estimator, and the saved model that holds both."""
