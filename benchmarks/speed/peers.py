"""The networks of motiflens as a user of Keras or PyTorch would write them."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
import numpy.typing as npt

from motiflens.networks.model import TrainedNetwork
from motiflens.sequences import SequenceSet
from speed.rows import peer
from speed.tasks import Codes, columns_first, columns_last

Floats = npt.NDArray[np.float32]
LEARNING_RATE = 1e-3


class KerasSide:
    """A network in Keras on TensorFlow, and the sequences it is trained on.

    `fit` runs in graph mode and shuffles, both as by default. One-hot sequences are made
    before.
    """

    def __init__(self, trained: TrainedNetwork, sequences: SequenceSet, batch: int, threads: int) -> None:
        self._model, self._batch = keras_model(trained, threads), batch
        self._inputs, self._labels = columns_last(sequences.codes), _targets(sequences)

    def train(self, epochs: int) -> list[float]:
        """Train on and return the mean loss of each epoch."""
        history = self._model.fit(self._inputs, self._labels, batch_size=self._batch, epochs=epochs, verbose=0)
        losses: list[float] = history.history["loss"]
        return losses

    def probabilities(self, codes: Codes) -> Floats:
        """Return ``(n,)`` predictions."""
        return np.asarray(self._model(columns_last(codes), training=False))[:, 0]


def keras_model(trained: TrainedNetwork, threads: int) -> Any:
    """Return the compiled Keras model of a network that reads one strand, with its weights."""
    keras = keras_on_tensorflow(threads)
    net, weights = trained.network, trained.weights()
    layers: list[Any] = [
        keras.Input((net.length, 4)),
        keras.layers.Conv1D(net.n_filters, net.filter_width, activation="relu"),
        keras.layers.GlobalMaxPooling1D(),
    ]
    arrays = [weights["filters"], weights["filter_bias"] + weights["position"][0]]
    if net.n_hidden:
        layers.append(keras.layers.Dense(net.n_hidden, activation="relu"))
        arrays += [weights["hidden"], weights["hidden_bias"]]
    model = keras.Sequential([*layers, keras.layers.Dense(1, activation="sigmoid")])
    model.set_weights([*arrays, weights["output"], weights["output_bias"]])
    model.compile(optimizer=keras.optimizers.Adam(LEARNING_RATE), loss="binary_crossentropy")
    return model


def keras_on_tensorflow(threads: int) -> Any:
    """Import Keras on TensorFlow with this number of threads, which must not change later."""
    os.environ.update(KERAS_BACKEND="tensorflow", TF_CPP_MIN_LOG_LEVEL="3", CUDA_VISIBLE_DEVICES="")
    tensorflow, keras = peer("tensorflow", "keras")
    threading = tensorflow.config.threading
    if threading.get_intra_op_parallelism_threads() != threads:
        threading.set_intra_op_parallelism_threads(threads)
        threading.set_inter_op_parallelism_threads(threads)
    return keras


class TorchSide:
    """A network in eager PyTorch, and the sequences it is trained on, one-hot before."""

    def __init__(self, trained: TrainedNetwork, sequences: SequenceSet, batch: int, threads: int) -> None:
        (self._torch,) = peer("torch")
        self._torch.set_num_threads(threads)
        self._module, self._batch = torch_module(trained), batch
        self._optimizer = self._torch.optim.Adam(self._module.parameters(), lr=LEARNING_RATE)
        self._inputs = self._torch.from_numpy(columns_first(sequences.codes))
        self._labels = self._torch.from_numpy(_targets(sequences))

    def train(self, epochs: int) -> list[float]:
        """Train on and return the mean loss of each epoch."""
        return [self._epoch() for _ in range(epochs)]

    def _epoch(self) -> float:
        loss_of = self._torch.nn.functional.binary_cross_entropy_with_logits
        total = 0.0
        order = self._torch.randperm(len(self._inputs))
        for rows in order.split(self._batch):
            self._optimizer.zero_grad()
            loss = loss_of(self._module(self._inputs[rows])[:, 0], self._labels[rows])
            loss.backward()
            self._optimizer.step()
            total += loss.item() * len(rows)
        return total / len(order)

    def probabilities(self, codes: Codes) -> Floats:
        """Return ``(n,)`` predictions."""
        with self._torch.no_grad():
            logits = self._module(self._torch.from_numpy(columns_first(codes)))
        probabilities: Floats = self._torch.sigmoid(logits)[:, 0].numpy()
        return probabilities


def torch_module(trained: TrainedNetwork) -> Any:
    """Return a network as the torch module that one would write, with its weights; logits out.

    For both strands the sequences are convolved with the filters and with their reverse
    complement, and the larger one is kept.
    """
    (torch,) = peer("torch")
    nn, net, weights = torch.nn, trained.network, trained.weights()

    class Module(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv = nn.Conv1d(4, net.n_filters, net.filter_width)
            self.hidden = nn.Linear(net.n_filters, net.n_hidden) if net.n_hidden else None
            self.output = nn.Linear(net.n_hidden or net.n_filters, net.n_outputs)

        def forward(self, x: Any) -> Any:
            scores = self.conv(x)
            if net.both_strands:
                reverse = nn.functional.conv1d(x, self.conv.weight.flip(1, 2), self.conv.bias)
                scores = torch.maximum(scores, reverse)
            feature = torch.relu(scores).amax(dim=2)
            if self.hidden is not None:
                feature = torch.relu(self.hidden(feature))
            return self.output(feature)

    module = Module()
    arrays = {
        "conv.weight": weights["filters"].transpose(2, 1, 0),
        "conv.bias": weights["filter_bias"] + weights["position"][0],
        "output.weight": weights["output"].T,
        "output.bias": weights["output_bias"],
    }
    if net.n_hidden:
        arrays |= {"hidden.weight": weights["hidden"].T, "hidden.bias": weights["hidden_bias"]}
    module.load_state_dict({name: torch.from_numpy(np.ascontiguousarray(array)) for name, array in arrays.items()})
    return module


def _targets(sequences: SequenceSet) -> Floats:
    return sequences.positive.astype(np.float32)
