/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/palette.h"

#define N_STOPS 52

/* clang-format off */
static const guint32 stops[RG_N_PALETTES][N_STOPS] = {
  [RG_PALETTE_INFERNO] = {
    0x000004, 0x02020c, 0x050417, 0x0a0722, 0x10092d, 0x160b39, 0x1e0c45, 0x260c51, 0x2f0a5b, 0x380962, 0x400a67, 0x490b6a, 0x510e6c,
    0x59106e, 0x61136e, 0x69166e, 0x71196e, 0x781c6d, 0x801f6c, 0x88226a, 0x902568, 0x982766, 0xa02a63, 0xa82e5f, 0xb0315b, 0xb73557,
    0xbf3952, 0xc63d4d, 0xcc4248, 0xd34743, 0xd94d3d, 0xdf5337, 0xe45a31, 0xe9612b, 0xed6925, 0xf1711f, 0xf47918, 0xf78212, 0xf98b0b,
    0xfa9407, 0xfb9d07, 0xfca60c, 0xfcb014, 0xfbba1f, 0xfac42a, 0xf8cd37, 0xf6d746, 0xf4e156, 0xf2ea69, 0xf2f27d, 0xf5f992, 0xfcffa4,
  },
  [RG_PALETTE_CIVIDIS] = {
    0x00224e, 0x002656, 0x002a5f, 0x002d68, 0x003070, 0x083370, 0x163770, 0x203a6f, 0x273e6e, 0x2e416d, 0x34456c, 0x3a486c, 0x3f4c6c,
    0x444f6c, 0x49536c, 0x4e566c, 0x535a6d, 0x575d6d, 0x5c616e, 0x60646f, 0x656870, 0x696b71, 0x6d6f72, 0x727274, 0x767676, 0x7a7a78,
    0x7e7d78, 0x838179, 0x888578, 0x8d8878, 0x928c78, 0x969077, 0x9b9476, 0xa09875, 0xa59c74, 0xaaa073, 0xafa471, 0xb5a86f, 0xbaac6d,
    0xbfb06b, 0xc4b468, 0xc9b965, 0xcfbd62, 0xd4c15f, 0xdac65b, 0xdfca57, 0xe5cf52, 0xead34c, 0xf0d846, 0xf6dd3f, 0xfce236, 0xfee838,
  },
  [RG_PALETTE_VIRIDIS] = {
    0x440154, 0x46085c, 0x471063, 0x481769, 0x481d6f, 0x482475, 0x472a7a, 0x46307e, 0x453781, 0x433d84, 0x414287, 0x3f4889, 0x3d4e8a,
    0x3a538b, 0x38598c, 0x355e8d, 0x33638d, 0x31688e, 0x2e6d8e, 0x2c718e, 0x2a768e, 0x297b8e, 0x27808e, 0x25848e, 0x23898e, 0x218e8d,
    0x20928c, 0x1f978b, 0x1e9c89, 0x1fa188, 0x21a585, 0x24aa83, 0x28ae80, 0x2eb37c, 0x35b779, 0x3dbc74, 0x46c06f, 0x50c46a, 0x5ac864,
    0x65cb5e, 0x70cf57, 0x7cd250, 0x89d548, 0x95d840, 0xa2da37, 0xb0dd2f, 0xbddf26, 0xcae11f, 0xd8e219, 0xe5e419, 0xf1e51d, 0xfde725,
  },
};
/* clang-format on */

#define N_SIGNED_STOPS 9

static const guint32 signed_stops[N_SIGNED_STOPS] = { 0x7967a7, 0x9c93c2, 0xc5c3df, 0xe2e4ef, 0xf7f7f7, 0xfee0b6, 0xfdb863, 0xe08214, 0xb35806 };

GType
rg_palette_get_type (void)
{
  static gsize type = 0;

  if (g_once_init_enter (&type))
    {
      static const GEnumValue values[] = {
        { RG_PALETTE_INFERNO, "RG_PALETTE_INFERNO", "inferno" },
        { RG_PALETTE_CIVIDIS, "RG_PALETTE_CIVIDIS", "cividis" },
        { RG_PALETTE_VIRIDIS, "RG_PALETTE_VIRIDIS", "viridis" },
        { 0, NULL, NULL },
      };

      g_once_init_leave (&type, g_enum_register_static ("RgPalette", values));
    }

  return type;
}

/* @place: 0 … n - 1, straight lines between the stops. */
static void
mix (const guint32 *colors,
     guint n,
     double place,
     guint8 rgb[3])
{
  guint low = MIN ((guint) place, n - 2);
  double part = place - low;

  for (guint i = 0; i < 3; i++)
    {
      guint shift = 16 - 8 * i;
      double from = (colors[low] >> shift) & 0xff;
      double to = (colors[low + 1] >> shift) & 0xff;

      rgb[i] = (guint8) (from + (to - from) * part + 0.5);
    }
}

void
rg_palette_get_color (RgPalette self,
                      double value,
                      guint8 rgb[3])
{
  g_return_if_fail (self < RG_N_PALETTES);

  mix (stops[self], N_STOPS, CLAMP (value, 0.0, 1.0) * (N_STOPS - 1), rgb);
}

void
rg_palette_get_signed_color (double value,
                             guint8 rgb[3])
{
  mix (signed_stops, N_SIGNED_STOPS, (CLAMP (value, -1.0, 1.0) + 1) / 2 * (N_SIGNED_STOPS - 1), rgb);
}
