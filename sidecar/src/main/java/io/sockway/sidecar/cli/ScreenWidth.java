package io.sockway.sidecar.cli;

import java.util.PrimitiveIterator;

/** How many columns of a terminal text takes. Stateless. */
final class ScreenWidth {
    /** First and last code points of the blocks whose characters take two columns, as East Asian scripts and most pictograms do. */
    private static final int[][] WIDE = {{0x1100, 0x115f}, {0x2e80, 0x303e}, {0x3041, 0xa4cf}, {0xa960, 0xa97f}, {0xac00, 0xd7a3},
        {0xf900, 0xfaff}, {0xfe30, 0xfe6f}, {0xff00, 0xff60}, {0xffe0, 0xffe6}, {0x1f300, 0x1faff}, {0x20000, 0x3fffd}};

    private ScreenWidth() {
    }

    static int of(String text) {
        return text.codePoints().map(ScreenWidth::of).sum();
    }

    /** As many of its first characters as fit. */
    static String start(String text, int columns) {
        StringBuilder start = new StringBuilder();
        int used = 0;
        for (PrimitiveIterator.OfInt each = text.codePoints().iterator(); each.hasNext();) {
            int character = each.nextInt();
            used += of(character);
            if (used > columns) {
                break;
            }
            start.appendCodePoint(character);
        }
        return start.toString();
    }

    private static int of(int character) {
        if (character < WIDE[0][0]) {
            return isMark(character) ? 0 : 1;
        }
        for (int[] block : WIDE) {
            if (character >= block[0] && character <= block[1]) {
                return 2;
            }
        }
        return isMark(character) ? 0 : 1;
    }

    private static boolean isMark(int character) {
        return switch (Character.getType(character)) {
            case Character.NON_SPACING_MARK, Character.ENCLOSING_MARK -> true;
            default -> false;
        };
    }
}
