"""PyTorch, eager, on one thread: `with_torch.py JOB f64|f32 numbers...`"""
import torch

from protocol import serve

torch.set_num_threads(1)
torch.set_grad_enabled(False)
torch.manual_seed(1)
types = {"f64": torch.float64, "f32": torch.float32}


def network(width, depth, batch, element):
    dtype = types[element]

    def one():
        y = torch.randn(batch, width, dtype=dtype)
        for _ in range(depth):
            y = y @ torch.empty(width, width, dtype=dtype).normal_(0, width**-0.5)
        return y.std(correction=0).item()

    return one


def normals(element):
    return lambda: torch.randn(10_000, dtype=types[element])


serve(network, normals)
