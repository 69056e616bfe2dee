"""Rotary position embeddings in plain PyTorch, in place: what vllm._custom_ops has as a kernel for GPUs."""

import torch


def rotary_embedding(positions, query, key, head_size, cos_sin_cache, is_neox=True):
    """Rotates the first elements of every head of `query` and `key`, of shape (tokens, heads * head_size), by their position."""
    positions = positions.flatten()
    rotated = cos_sin_cache.shape[-1]
    angles = cos_sin_cache.index_select(0, positions).float().unsqueeze(1)
    cosine, sine = angles.chunk(2, dim=-1)
    for heads in (query, key):
        if heads is None:
            continue
        view = heads.view(positions.shape[0], -1, head_size)
        part = view[..., :rotated].float()
        if is_neox:
            first, second = part.chunk(2, dim=-1)
        else:
            first, second = part[..., ::2], part[..., 1::2]
        turned = (first * cosine - second * sine, second * cosine + first * sine)
        joined = torch.cat(turned, dim=-1) if is_neox else torch.stack(turned, dim=-1).flatten(-2)
        view[..., :rotated] = joined.to(view.dtype)
