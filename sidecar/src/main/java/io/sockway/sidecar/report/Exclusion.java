package io.sockway.sidecar.report;

import io.sockway.sockops.Accelerator;
import java.util.Collection;
import java.util.Set;
import java.util.TreeSet;

/** How an operator leaves further processes alone: the option takes the whole list, so those that are left alone already are in it. */
public final class Exclusion {
    private Exclusion() {
    }

    /**
     * The option of {@code attach} and {@code run}, to be pasted into a shell.
     *
     * @param more names as in /proc/PID/comm, besides those that the accelerator leaves alone
     */
    public static String option(Accelerator accelerator, Collection<String> more) {
        return option(accelerator.excludeExecutables(), more);
    }

    static String option(Set<String> present, Collection<String> more) {
        Set<String> names = new TreeSet<>(present);
        names.addAll(more);
        String list = String.join(",", names);
        return "--exclude-executables " + (list.matches("[\\w.,:+@/-]+") ? list : "'" + list.replace("'", "'\\''") + "'");
    }
}
