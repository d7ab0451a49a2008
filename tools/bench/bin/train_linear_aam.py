"""The PyTorch side of configs/real/corel5k-80-linear-aam.yaml: a JSON line an epoch on stdout.

    train_linear_aam.py --data DIR --weights FILE.safetensors --seed 5 [--draws own] [--epochs 12] [--every 12]

Same data, weights, budget and hyper-parameters as the config, which has their meaning. With --draws polytag (the
default) the initial classifier, the order of the images and the flips are those of `polytag-train fit` with the same
seed, so that two runs differ in arithmetic alone; with --draws own NumPy draws others. Needs torch, torchvision,
Pillow and NumPy; torch runs on one thread.
"""

import argparse
import json
import os
import time

import numpy as np
import torch
import torch.nn.functional as F
import torchvision
from PIL import Image
from torch import nn

SIZE, BATCH, RATE, DECAY, SCALE, SHARE, EMA = 128, 64, 4e-3, 5e-4, 23.0, 0.7, 0.99


# ---- Polytag's random streams: packages/core/src/random/random-stream.ts


def words(seed, name, count):
    """The first words of a stream: Philox 4x32-10 of (block, FNV-1a of the name), keyed by the seed."""
    name_hash = 0x811C9DC5
    for byte in name.encode():
        name_hash = ((name_hash ^ byte) * 0x01000193) & 0xFFFFFFFF
    low = np.uint64(0xFFFFFFFF)
    blocks = np.arange(-(-count // 4), dtype=np.uint64)
    c = [blocks & low, blocks >> np.uint64(32), np.full_like(blocks, name_hash), np.zeros_like(blocks)]
    keys = [seed & 0xFFFFFFFF, seed >> 32]
    for _ in range(10):
        first, second = c[0] * np.uint64(0xD2511F53), c[2] * np.uint64(0xCD9E8D57)
        c = [
            (second >> np.uint64(32)) ^ c[1] ^ np.uint64(keys[0]),
            second & low,
            (first >> np.uint64(32)) ^ c[3] ^ np.uint64(keys[1]),
            first & low,
        ]
        keys = [(keys[0] + 0x9E3779B9) & 0xFFFFFFFF, (keys[1] + 0xBB67AE85) & 0xFFFFFFFF]
    return np.stack(c, 1).reshape(-1)[:count]


def permutation(seed, name, n):
    """Fisher and Yates; words that would favour small numbers are passed over."""
    source = iter(words(seed, name, n + 64).tolist())
    order = np.arange(n)
    for i in range(n - 1, 0, -1):
        limit = 2**32 - 2**32 % (i + 1)
        j = next(word for word in source if word < limit) % (i + 1)
        order[i], order[j] = order[j], order[i]
    return order


def normals(seed, name, shape):
    """Box and Muller, two words a value."""
    pairs = words(seed, name, 2 * int(np.prod(shape))).reshape(-1, 2).astype(np.float64)
    radii = np.sqrt(-2 * np.log((pairs[:, 0] + 1) / 2**32))
    return (radii * np.cos(2 * np.pi * pairs[:, 1] / 2**32)).reshape(shape)


def is_flipped(seed, epoch, image):
    return words(seed, f"flip/{epoch}/{image}", 1)[0] >> np.uint64(8) <= 2**23


# ---- data


def resized(path):
    """Bilinear, half-pixel centres, no antialias, rounded to bytes."""
    pixels = np.asarray(Image.open(path).convert("RGB"), np.float64)

    def taps(n):
        at = np.clip((np.arange(SIZE) + 0.5) * n / SIZE - 0.5, 0, n - 1)
        first = np.floor(at).astype(int)
        return first, np.minimum(first + 1, n - 1), at - first

    top, bottom, down = taps(pixels.shape[0])
    left, right, across = taps(pixels.shape[1])
    across, down = across[None, :, None], down[:, None, None]
    rows = pixels[:, left] * (1 - across) + pixels[:, right] * across
    return np.floor(rows[top] * (1 - down) + rows[bottom] * down + 0.5).astype(np.uint8)


def read_set(folder, name):
    """Pixels [N, H, W, 3] and targets [N, K], labels in sorted order."""
    with open(os.path.join(folder, name)) as file:
        annotations = json.load(file)
    classes = sorted(annotations["classes"])
    targets = np.zeros((len(annotations["images"]), len(classes)), np.float32)
    for row, (_, labels) in enumerate(annotations["images"]):
        targets[row, [classes.index(label) for label in labels]] = 1
    return np.stack([resized(os.path.join(folder, path)) for path, _ in annotations["images"]]), targets


LEVELS = (np.arange(256) / 127.5 - 1).astype(np.float32)


def network_input(pixels):
    return torch.from_numpy(LEVELS[pixels]).permute(0, 3, 1, 2)


# ---- network


class SameConvolution(nn.Module):
    """A convolution of stride 2 with TensorFlow's padding: the smaller half first."""

    def __init__(self, published):
        super().__init__()
        self.weight, self.groups = published.weight, published.groups

    def forward(self, x):
        def pads(n, kernel):
            total = max((-(-n // 2) - 1) * 2 + kernel - n, 0)
            return total // 2, total - total // 2

        kernel = self.weight.shape[2]
        padded = F.pad(x, (*pads(x.shape[3], kernel), *pads(x.shape[2], kernel)))
        return F.conv2d(padded, self.weight, stride=2, groups=self.groups)


class AngularLinear(nn.Module):
    def __init__(self, weight):
        super().__init__()
        self.weight = nn.Parameter(weight / weight.norm(dim=0, keepdim=True))

    def forward(self, x):
        return (F.normalize(x, dim=1) @ F.normalize(self.weight, dim=0)).clamp(-1, 1)


def read_safetensors(path):
    with open(path, "rb") as file:
        header = json.loads(file.read(int.from_bytes(file.read(8), "little")))
        data = file.read()
    header.pop("__metadata__", None)
    return {
        key: torch.tensor(np.frombuffer(data[slice(*entry["data_offsets"])], np.float32)).reshape(entry["shape"])
        for key, entry in header.items()
    }


def build(weights, classifier):
    network = torchvision.models.mobilenet_v3_small()
    network.load_state_dict(read_safetensors(weights), strict=False)
    for module in list(network.modules()):
        for name, child in list(module.named_children()):
            if isinstance(child, nn.Conv2d) and child.stride[0] == 2:
                setattr(module, name, SameConvolution(child))
            if isinstance(child, nn.BatchNorm2d):
                child.eps, child.momentum = 1e-3, 0.1
    network.classifier = nn.Sequential(network.classifier[0], nn.PReLU(), AngularLinear(classifier))
    return network.to(memory_format=torch.channels_last)


def loss_of(cosines, targets):
    present, absent = F.logsigmoid(SCALE * cosines), F.logsigmoid(-SCALE * cosines)
    return -(SHARE / SCALE * targets * present + (1 - SHARE) / SCALE * (1 - targets) * absent).sum()


def groups_of(network):
    """Biases at twice the rate; only matrices and kernels decay."""
    named = list(network.named_parameters())
    biases = [p for name, p in named if name.endswith("bias")]
    vectors = [p for name, p in named if not name.endswith("bias") and p.dim() <= 1]
    others = [p for name, p in named if not name.endswith("bias") and p.dim() > 1]
    return [
        {"params": others, "lr": RATE, "weight_decay": DECAY},
        {"params": biases, "lr": 2 * RATE, "weight_decay": 0},
        {"params": vectors, "lr": RATE, "weight_decay": 0},
    ]


# ---- training


def mean_average_precision(scores, targets):
    """Over all labels; ties as a stable ascending sort read backwards leaves them."""
    precisions = []
    for score, target in zip(scores.T, targets.T):
        hits = target[np.argsort(score, kind="stable")[::-1]] > 0
        ranks = np.flatnonzero(hits) + 1
        precisions.append(float(np.mean(np.arange(1, len(ranks) + 1) / ranks)) if len(ranks) else 0.0)
    return float(np.mean(precisions))


@torch.no_grad()
def score(network, pixels, targets):
    network.eval()
    batches = [network(network_input(pixels[i : i + BATCH])) for i in range(0, len(pixels), BATCH)]
    network.train()
    return mean_average_precision(torch.cat(batches).numpy(), targets)


def main():
    plain_text = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=plain_text)
    parser.add_argument("--data", required=True)
    parser.add_argument("--weights", required=True)
    parser.add_argument("--seed", type=int, default=5)
    parser.add_argument("--draws", choices=["polytag", "own"], default="polytag")
    parser.add_argument("--epochs", type=int, default=12)
    parser.add_argument("--every", type=int, default=1, help="epochs from one evaluation to the next")
    options = parser.parse_args()
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)

    pixels, targets = read_set(options.data, "train.json")
    validation = read_set(options.data, "val.json")
    steps = len(pixels) // BATCH
    seed, own = options.seed, np.random.RandomState(options.seed)
    shape = (1024, targets.shape[1])
    draws_own = options.draws == "own"
    classifier = own.randn(*shape) if draws_own else normals(seed, "classifier.3.weight", shape)
    network = build(options.weights, torch.from_numpy(classifier.astype(np.float32)))

    optimiser = torch.optim.SGD(groups_of(network), lr=RATE)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser,
        max_lr=[group["lr"] for group in optimiser.param_groups],
        total_steps=options.epochs * steps,
        pct_start=0.2,
        div_factor=100,
        final_div_factor=1000,
    )
    state = [value for value in network.state_dict().values() if value.is_floating_point()]
    average = [value.clone() for value in state]
    taken = 0

    for epoch in range(options.epochs):
        start, total = time.perf_counter(), 0.0
        images = len(pixels)
        order = own.permutation(images) if draws_own else permutation(seed, f"shuffle/{epoch}", images)
        for chosen in np.split(order[: steps * BATCH], steps):
            batch = pixels[chosen]
            flips = own.rand(BATCH) < 0.5
            if not draws_own:
                flips = np.array([is_flipped(seed, epoch, image) for image in chosen])
            batch[flips] = batch[flips, :, ::-1]
            loss = loss_of(network(network_input(batch)), torch.from_numpy(targets[chosen]))
            optimiser.zero_grad()
            loss.backward()
            if taken > 0:
                schedule.step()
            optimiser.step()
            taken += 1
            torch._foreach_mul_(average, EMA)
            torch._foreach_add_(average, state, alpha=1 - EMA)
            total += loss.item()
        line = {"epoch": epoch + 1, "loss": total / steps, "secondsTrain": time.perf_counter() - start}
        if (epoch + 1) % options.every == 0 or epoch + 1 == options.epochs:
            plain = [value.clone() for value in state]
            line["mAP"] = score(network, *validation)
            for value, averaged in zip(state, average):
                value.copy_(averaged)
            line["mAPEma"] = score(network, *validation)
            for value, held in zip(state, plain):
                value.copy_(held)
        print(json.dumps(line), flush=True)


if __name__ == "__main__":
    main()
