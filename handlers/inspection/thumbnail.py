"""Make a thumbnail: a JPEG in sRGB that is ours from its first to its last byte."""

from __future__ import annotations

import io

from PIL import Image, ImageCms

SRGB = ImageCms.createProfile("sRGB")


def jpeg(image: Image.Image, profile: bytes | None = None) -> bytes:
    """A JPEG of the pixels and nothing else, in sRGB, on white where they are transparent."""
    alpha = image.getchannel("A") if image.mode in {"LA", "RGBA"} else None
    bare = Image.new("RGB", image.size, "white")
    bare.paste(_in_srgb(image.convert(image.mode.removesuffix("A")) if alpha else image, profile), mask=alpha)
    out = io.BytesIO()
    bare.save(out, "JPEG", quality=80, optimize=True)
    return out.getvalue()


def _in_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """The colours that are meant. A profile that is broken or of another colour model counts for nothing."""
    if profile:
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            changed = ImageCms.profileToProfile(image, source, SRGB, outputMode="RGB")
        except (ImageCms.PyCMSError, OSError, ValueError):
            pass
        else:
            if changed is not None:
                return changed
    return image.convert("RGB")
