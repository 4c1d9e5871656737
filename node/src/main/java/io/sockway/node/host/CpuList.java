package io.sockway.node.host;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/** The kernel's two spellings of a set of CPUs: lists ({@code 0-3,8}) and masks ({@code 00000001,0000000f}). */
public final class CpuList {
    /** More than any machine has CPUs, or a list of ports has ports. */
    private static final int MOST = 1 << 16;

    private CpuList() {
    }

    /** The CPUs of a list; empty where it is none. */
    public static List<Integer> parse(String list) {
        List<Integer> cpus = new ArrayList<>();
        try {
            for (String part : list.strip().split(",")) {
                if (part.isEmpty()) {
                    continue;
                }
                int dash = part.indexOf('-');
                int first = Integer.parseInt(dash < 0 ? part : part.substring(0, dash));
                int last = dash < 0 ? first : Integer.parseInt(part.substring(dash + 1));
                for (int cpu = first; cpu <= last && cpus.size() < MOST; cpu++) {
                    cpus.add(cpu);
                }
            }
        } catch (NumberFormatException e) {
            return List.of();
        }
        return cpus;
    }

    /** The value of a mask. */
    public static BigInteger mask(String mask) {
        String digits = mask.strip().replace(",", "");
        try {
            return digits.isEmpty() ? BigInteger.ZERO : new BigInteger(digits, 16);
        } catch (NumberFormatException e) {
            return BigInteger.ZERO;
        }
    }

    /** The mask of some CPUs, in the kernel's groups of 32 bits. */
    public static String mask(Collection<Integer> cpus) {
        BigInteger bits = BigInteger.ZERO;
        for (int cpu : cpus) {
            bits = bits.setBit(cpu);
        }
        String digits = bits.toString(16);
        StringBuilder grouped = new StringBuilder();
        for (int i = 0; i < digits.length(); i++) {
            if (i > 0 && (digits.length() - i) % 8 == 0) {
                grouped.append(',');
            }
            grouped.append(digits.charAt(i));
        }
        return grouped.toString();
    }
}
