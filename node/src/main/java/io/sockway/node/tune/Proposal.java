package io.sockway.node.tune;

import io.sockway.node.doctor.Area;

/**
 * A value that a setting should have.
 *
 * @param reason why, for people
 */
public record Proposal(Target target, Area area, String value, String reason) {
}
