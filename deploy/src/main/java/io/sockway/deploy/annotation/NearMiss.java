package io.sockway.deploy.annotation;

import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;
import java.util.TreeSet;

/** Guesses what was meant by a word that is not known. */
final class NearMiss {
    /** What is longer is no slip, and comparing it would take long. */
    private static final int LONGEST = 64;

    private NearMiss() {
    }

    /** A question to put after a problem, with the closest of {@code known}; empty if none is close. */
    static String hint(String word, Collection<String> known) {
        return of(word, known).map(NearMiss::question).orElse("");
    }

    static String question(String meant) {
        return "; did you mean '%s'?".formatted(meant);
    }

    /** The closest of {@code known}, if one is close. */
    static Optional<String> of(String word, Collection<String> known) {
        if (word.length() > LONGEST) {
            return Optional.empty();
        }
        int limit = Math.max(1, word.length() / 3);
        return new TreeSet<>(known).stream().min(Comparator.comparingInt(each -> distance(word, each)))
                .filter(each -> distance(word, each) <= limit);
    }

    /** Insertions, deletions and replacements that turn one word into the other. */
    private static int distance(String a, String b) {
        int[] row = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            row[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int replaced = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(replaced, 1 + Math.min(row[j], row[j - 1]));
            }
        }
        return row[b.length()];
    }
}
