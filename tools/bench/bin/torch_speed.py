"""PyTorch's side of `npm run bench -- train` and `eval`, on the CPU.

    torch_speed.py MODEL MODE THREADS BATCH SIZE STEPS [channels_last]

MODEL  a network of torchvision (mobilenet_v3_large, mobilenet_v3_small, efficientnet_v2_s, …), else of timm
MODE   train: forward, mean of binary cross-entropy, backward, Adam; eval: forward alone; frozen: eval of a traced
       network whose batch norms are in its weights, the fastest that PyTorch offers without another compiler

Images are random, labels 20. Two steps do not count; the line at the end gives the median of STEPS more:

    …: X ms/image, Y images/s

Needs torch and torchvision (Debian: python3-torch, python3-torchvision), for TResNet timm as well.
"""

import argparse
import statistics
import time

import torch
import torch.nn.functional as F
import torchvision

LABELS = 20
WARM_UP = 2


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("mode", choices=["train", "eval", "frozen"])
    for name in ["threads", "batch", "size", "steps"]:
        parser.add_argument(name, type=int)
    parser.add_argument("layout", nargs="?", choices=["channels_last"])
    return parser.parse_args()


def network(name):
    if hasattr(torchvision.models, name):
        return getattr(torchvision.models, name)(num_classes=LABELS)
    import timm

    return timm.create_model(name, num_classes=LABELS)


def training_step(model, images):
    model.train()
    adam = torch.optim.Adam(model.parameters(), lr=1e-3)
    targets = (torch.rand(len(images), LABELS) < 0.1).float()

    def step():
        adam.zero_grad(set_to_none=True)
        F.binary_cross_entropy_with_logits(model(images), targets).backward()
        adam.step()

    return step


def inference_step(model, images, frozen):
    model.eval()
    if frozen:
        with torch.no_grad():
            model = torch.jit.optimize_for_inference(torch.jit.trace(model, images))

    @torch.inference_mode()
    def step():
        model(images)

    return step


def seconds(step):
    start = time.perf_counter()
    step()
    return time.perf_counter() - start


def main():
    given = parse()
    torch.set_num_threads(given.threads)
    torch.manual_seed(0)
    memory_format = torch.channels_last if given.layout else torch.contiguous_format
    model = network(given.model).to(memory_format=memory_format)
    images = torch.randn(given.batch, 3, given.size, given.size).to(memory_format=memory_format)
    if given.mode == "train":
        step = training_step(model, images)
    else:
        step = inference_step(model, images, given.mode == "frozen")
    for _ in range(WARM_UP):
        step()
    each = statistics.median(seconds(step) for _ in range(given.steps)) / given.batch
    words = ["torch", given.model, given.mode, given.layout, f"threads={given.threads}"]
    work = " ".join(word for word in words if word) + f" batch={given.batch} size={given.size}"
    print(f"{work}: {1000 * each:.2f} ms/image, {1 / each:.1f} images/s")


main()
