package io.sockway.node.drops;

/**
 * Packets that were thrown away for one reason at one place.
 *
 * @param reason the kernel's name, for example {@code CPU_BACKLOG}
 * @param site the kernel function, or its address where names may not be read
 * @param count packets in the time that was looked at
 */
public record Drop(String reason, String site, long count) {
}
