package io.sockway.xds.ads;

import io.sockway.xds.discovery.EnvoyNode;

/**
 * Which Envoys something is for.
 *
 * @param text compared with an Envoy's {@code node.id} and {@code node.cluster}; {@code *} stands for any characters
 */
record NodePattern(String text) {

    boolean matches(EnvoyNode node) {
        return matches(text, node.id()) || matches(text, node.cluster());
    }

    /**
     * Whether an Envoy may match both. It has two names, of which one may match this and the other one that: only the administrator
     * knows. So only patterns that match a common name are said to overlap.
     */
    boolean overlaps(NodePattern other) {
        return overlap(text, 0, other.text, 0);
    }

    private static boolean matches(String pattern, String name) {
        return overlap(pattern, 0, name.replace('*', '?'), 0);
    }

    /** Whether some name matches what is left of both patterns. Patterns are short, so trying is quick enough. */
    private static boolean overlap(String a, int i, String b, int j) {
        if (i == a.length() && j == b.length()) {
            return true;
        }
        boolean starA = i < a.length() && a.charAt(i) == '*';
        boolean starB = j < b.length() && b.charAt(j) == '*';
        if (starA) {
            return overlap(a, i + 1, b, j) || j < b.length() && overlap(a, i, b, j + 1);
        }
        if (starB) {
            return overlap(a, i, b, j + 1) || i < a.length() && overlap(a, i + 1, b, j);
        }
        return i < a.length() && j < b.length() && a.charAt(i) == b.charAt(j) && overlap(a, i + 1, b, j + 1);
    }
}
