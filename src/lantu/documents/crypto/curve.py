"""SM2 signatures (GB/T 32918.2-2016) in plain Python, for machines without the C library.

Slow (some milliseconds) and not hardened against timing: the C library is used wherever it has a wheel (``crypto.sm``).
The package ``gmssl`` was not taken for this: it cuts leading characters off public keys (``lstrip("04")``).
"""

from __future__ import annotations

import secrets

P = 0xFFFFFFFE_FFFFFFFF_FFFFFFFF_FFFFFFFF_FFFFFFFF_00000000_FFFFFFFF_FFFFFFFF
A = P - 3
B = 0x28E9FA9E_9D9F5E34_4D5A9E4B_CF6509A7_F39789F5_15AB8F92_DDBCBD41_4D940E93
N = 0xFFFFFFFE_FFFFFFFF_FFFFFFFF_FFFFFFFF_7203DF6B_21C6052B_53BBF409_39D54123
G = (
    0x32C4AE2C_1F198119_5F990446_6A39C994_8FE30BBF_F2660BE1_715A4589_334C74C7,
    0xBC3736A2_F4F6779C_59BDCEE3_6B692153_D0A9877C_C62A4740_02DF32E5_2139F0A0,
)
Point = tuple[int, int]
_Jacobian = tuple[int, int, int]
_INFINITY: _Jacobian = (1, 1, 0)


def _double(point: _Jacobian) -> _Jacobian:
    x, y, z = point
    if not z or not y:
        return _INFINITY
    yy = y * y % P
    s = 4 * x * yy % P
    zz = z * z % P
    m = 3 * (x - zz) * (x + zz) % P  # a = -3
    new_x = (m * m - 2 * s) % P
    return new_x, (m * (s - new_x) - 8 * yy * yy) % P, 2 * y * z % P


def _add(one: _Jacobian, two: _Jacobian) -> _Jacobian:
    if not one[2]:
        return two
    if not two[2]:
        return one
    z1, z2 = one[2] * one[2] % P, two[2] * two[2] % P
    u1, u2 = one[0] * z2 % P, two[0] * z1 % P
    s1, s2 = one[1] * two[2] * z2 % P, two[1] * one[2] * z1 % P
    if u1 == u2:
        return _double(one) if s1 == s2 else _INFINITY
    h, r = (u2 - u1) % P, (s2 - s1) % P
    hh = h * h % P
    hhh, v = h * hh % P, u1 * hh % P
    x = (r * r - hhh - 2 * v) % P
    return x, (r * (v - x) - s1 * hhh) % P, h * one[2] * two[2] % P


def _times(factor: int, point: Point) -> _Jacobian:
    total, power = _INFINITY, (*point, 1)
    while factor:
        if factor & 1:
            total = _add(total, power)
        power = _double(power)
        factor >>= 1
    return total


def _plain(point: _Jacobian) -> Point | None:
    if not point[2]:
        return None
    inverse = pow(point[2], -1, P)
    square = inverse * inverse % P
    return point[0] * square % P, point[1] * square * inverse % P


def on_curve(point: Point) -> bool:
    """Whether a point satisfies the curve's equation (a public key that does not is refused)."""
    x, y = point
    return 0 <= x < P and 0 <= y < P and (y * y - (x * x * x + A * x + B)) % P == 0


def public_of(private: int) -> Point:
    """The public key of a private one."""
    point = _plain(_times(private, G))
    if point is None or not 0 < private < N - 1:
        raise ValueError("not an SM2 private key")
    return point


def sign(private: int, digest: int, k: int | None = None) -> tuple[int, int]:
    """(r, s) over ``digest`` = SM3(Z ‖ M) as a number. ``k`` only for the standard's test vectors."""
    while True:
        nonce = k or secrets.randbelow(N - 1) + 1
        point = _plain(_times(nonce, G))
        r = (digest + (point[0] if point else 0)) % N
        s = pow(1 + private, -1, N) * (nonce - r * private) % N
        if point and r and s and r + nonce != N:
            return r, s
        k = None


def verify(public: Point, digest: int, r: int, s: int) -> bool:
    """Whether (r, s) is the holder's signature over ``digest``."""
    if not (0 < r < N and 0 < s < N) or not on_curve(public):
        return False
    t = (r + s) % N
    point = _plain(_add(_times(s, G), _times(t, public))) if t else None
    return point is not None and (digest + point[0]) % N == r
