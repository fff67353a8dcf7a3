"""The networks as a scikit-learn classifier."""
