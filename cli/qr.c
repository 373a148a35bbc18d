/* SPDX-License-Identifier: MIT */
/* A QR code in a terminal: two modules in a character, one above the other. */
#include "cli/qr.h"

#include <errno.h>

#if HAVE_QRENCODE

#include <langinfo.h>
#include <qrencode.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define MARGIN 4 /* white modules around it, as readers need them */

static bool is_dark(const QRcode *code, int x, int y)
{
    if (x < 0 || y < 0 || x >= code->width || y >= code->width)
        return false;
    return code->data[y * code->width + x] & 1;
}

/* Colours are set, since a reader needs dark on light, whatever the terminal's are. */
static void draw(const QRcode *code, FILE *out)
{
    static const char *const halves[2][2] = {{" ", "▄"}, {"▀", "█"}};

    for (int y = -MARGIN; y < code->width + MARGIN; y += 2) {
        fputs("\033[30;107m", out);
        for (int x = -MARGIN; x < code->width + MARGIN; x++)
            fputs(halves[is_dark(code, x, y)][is_dark(code, x, y + 1)], out);
        fputs("\033[0m\n", out);
    }
}

int qr_print(const char *text, unsigned columns, FILE *out)
{
    const char *terminal = getenv("TERM");

    if (!terminal || !*terminal || strcmp(terminal, "dumb") == 0 ||
        strcmp(nl_langinfo(CODESET), "UTF-8") != 0)
        return -EOPNOTSUPP;
    QRcode *code = QRcode_encodeString(text, 0, QR_ECLEVEL_L, QR_MODE_8, 1);
    if (!code)
        return errno == ERANGE ? -E2BIG : -ENOMEM;
    bool fits = (unsigned)code->width + 2 * MARGIN <= columns;
    if (fits)
        draw(code, out);
    QRcode_free(code);
    return fits ? 0 : -E2BIG;
}

#else

int qr_print(const char *text, unsigned columns, FILE *out)
{
    (void)text;
    (void)columns;
    (void)out;
    return -EOPNOTSUPP;
}

#endif
