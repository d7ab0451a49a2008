"""Writes beside-weights.{zip,legacy}.fixture.pth: weights, and what programs keep beside them. PyTorch 1.13, NumPy 1.24."""
import argparse, collections, dataclasses, datetime, decimal, enum, functools, pathlib, uuid
import numpy as np
import torch


class Mode(enum.Enum):
    TRAIN = 1


@dataclasses.dataclass
class Config:
    rate: float = 0.1
    mode: Mode = Mode.TRAIN


class Ring:
    def __init__(self):
        self.me = self
        self.weight = torch.ones(3)


class Subclass(torch.Tensor):
    pass


def with_attribute(tensor):
    tensor.tag = 'x'
    return tensor


weights = collections.OrderedDict(
    plain=torch.arange(3.0),
    parameter=torch.nn.Parameter(torch.arange(3.0)),
    parameter_with_state=with_attribute(torch.nn.Parameter(torch.arange(3.0))),
    tensor_with_state=with_attribute(torch.arange(3.0)),
    subclass=torch.arange(3.0).as_subclass(Subclass),
    frequencies=torch.ones(2, dtype=torch.complex64),
)
scalars = 'int8 int16 int32 int64 uint8 uint16 uint32 uint64 float16 float32 float64 bool_ complex64 complex128 longdouble'
optimiser = torch.optim.SGD([torch.nn.Parameter(torch.ones(1))], lr=0.1)
default = collections.defaultdict(list)
default['x'].append(1)
beside = {
    'numpy': {name: getattr(np, name)(1) for name in scalars.split()},
    'swapped': np.dtype('>f8').type(3.5),
    'texts': [np.str_('héllo'), np.bytes_(b'ab')],
    'dates': [np.datetime64('2020-01-01'), np.timedelta64(3, 's')],
    'structure': np.array([(1, 2.0)], dtype=[('a', 'i4'), ('b', 'f8')]),
    'arrays': [np.ones(2).astype(kind) for kind in 'int8 float16 >f4 bool complex64 U3 S2 O'.split()],
    'types': [np.float32, np.dtype('f4'), int, type(None), Config, ...],
    'masked': np.ma.array([1, 2], mask=[0, 1]),
    'generator': np.random.default_rng(1),
    'complex': 1 + 2j,
    'bytes': [bytearray(b'ab\xff'), bytearray(), b'\xff', b''],
    'sets': [{1}, frozenset({2}), set()],
    'dicts': [default, collections.Counter('aab'), collections.ChainMap({1: 2})],
    'deque': collections.deque([1, 2], maxlen=4),
    'times': [datetime.datetime(2020, 1, 1, tzinfo=datetime.timezone.utc), datetime.date(2020, 1, 1), datetime.timedelta(3)],
    'paths': [pathlib.PurePosixPath('/x'), pathlib.PureWindowsPath('x')],
    'options': argparse.Namespace(rate=1, out=pathlib.PurePosixPath('q')),
    'numbers': [decimal.Decimal('1.5'), uuid.UUID(int=1), 2**3000, -(2**70)],
    'own': [Mode.TRAIN, Config(), Ring()],
    'functions': [functools.partial(torch.nn.LayerNorm, eps=1e-6), torch.nn.functional.relu],
    'odd': [range(3), slice(1, 2), NotImplemented, ValueError('x')],
    'torch': [torch.device('cuda:1'), torch.float16, torch.Size([1, 2]), torch.ones(2).storage()],
    'tensors': [torch.ones(1, dtype=torch.complex128), torch.quantize_per_tensor(torch.ones(3), 0.1, 0, torch.qint8), torch.eye(2).to_sparse()],
    'module': torch.nn.Linear(1, 1),
    'optimiser': [optimiser, optimiser.state_dict()],
}
value = {'epoch': np.int16(7), 'state_dict': weights, **beside}
torch.save(value, 'beside-weights.zip.fixture.pth', pickle_protocol=2)
torch.save(value, 'beside-weights.legacy.fixture.pth', pickle_protocol=4, _use_new_zipfile_serialization=False)
