package io.sockway.sidecar;

/** The version of this build, from the jar's manifest. */
public final class Version {
    private Version() {
    }

    /** For example {@code 0.1.0-SNAPSHOT}; {@code development} when run from classes. */
    public static String current() {
        String version = Version.class.getPackage().getImplementationVersion();
        return version == null ? "development" : version;
    }
}
