"""The peer of `bench checkpoints`: reads a file of weights and prints a line of JSON.

    read_checkpoint.py FILE all|each

Prints {"milliseconds", "megabytes"}, or {"missing": why} where this Python cannot read the file that way.
"""

import json
import resource
import sys
import time


def resident_megabytes():
    with open("/proc/self/statm") as statm:
        return int(statm.read().split()[1]) * resource.getpagesize() / 2**20


def main(path, reading):
    try:
        import torch

        if path.endswith(".safetensors"):
            import safetensors
            import safetensors.torch
    except ImportError as error:
        return {"missing": str(error)}
    if reading == "each" and not path.endswith(".safetensors"):
        return {"missing": "torch.load reads a whole file"}

    # A value of each page, so that nothing is left to be read later.
    def touch(tensor):
        return float(tensor.reshape(-1)[::1024].sum())

    before = resident_megabytes()
    start = time.perf_counter()
    if reading == "each":
        with safetensors.safe_open(path, "pt") as file:
            total = sum(touch(file.get_tensor(key)) for key in file.keys())
    else:
        load = safetensors.torch.load_file if path.endswith(".safetensors") else torch.load
        tensors = load(path)
        total = sum(touch(tensor) for tensor in tensors.values())
    milliseconds = 1000 * (time.perf_counter() - start)
    assert total == total
    # Kilobytes on Linux.
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"milliseconds": milliseconds, "megabytes": max(0, most - before)}


print(json.dumps(main(*sys.argv[1:])))
