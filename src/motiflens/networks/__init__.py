"""Networks: architecture, kernels, training, prediction, saving."""
