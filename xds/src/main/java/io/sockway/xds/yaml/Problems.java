package io.sockway.xds.yaml;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Collects what is wrong, so that all of it is told at once. For one thread. */
public final class Problems {
    private final List<Problem> problems = new ArrayList<>();

    /** Adds a problem. */
    public void add(Position position, String message) {
        problems.add(new Problem(position, message));
    }

    /** What was added, in the order of files and of places in them. */
    public List<Problem> all() {
        return problems.stream().sorted(Comparator.comparing((Problem problem) -> problem.position().file())
                .thenComparing(problem -> problem.position().line()).thenComparing(problem -> problem.position().column())).toList();
    }

    /** How many were added. */
    public int count() {
        return problems.size();
    }

    /** Whether nothing was added. */
    public boolean isEmpty() {
        return problems.isEmpty();
    }

    /** Adds that a file cannot be read, and why. */
    public void addUnreadable(String file, IOException why) {
        add(new Position(file, 1, 1), switch (why) {
            case CharacterCodingException _ -> "is not UTF-8 text";
            case NoSuchFileException _ -> "cannot be read: it is not there, or a link to nothing";
            case AccessDeniedException _ -> "cannot be read: permission denied";
            case FileSystemException e when e.getReason() != null -> "cannot be read: " + e.getReason();
            default -> "cannot be read: " + why.getMessage();
        });
    }
}
