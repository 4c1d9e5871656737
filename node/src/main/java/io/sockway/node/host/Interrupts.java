package io.sockway.node.host;

import java.util.ArrayList;
import java.util.List;

/**
 * One numbered line of {@code /proc/interrupts}.
 *
 * @param counts one for each CPU column
 * @param cpus the CPU numbers of the columns
 * @param name what raises it, for example {@code eth0-TxRx-3}
 */
public record Interrupts(String number, List<Long> counts, List<Integer> cpus, String name) {
    /** The numbered interrupts of the file. */
    public static List<Interrupts> parse(String text) {
        List<String> lines = text.lines().toList();
        List<Interrupts> all = new ArrayList<>();
        if (lines.isEmpty()) {
            return all;
        }
        List<Integer> cpus = new ArrayList<>();
        for (String word : lines.getFirst().strip().split("\\s+")) {
            if (word.matches("CPU\\d{1,6}")) {
                cpus.add(Integer.parseInt(word.substring(3)));
            }
        }
        for (String line : lines.subList(1, lines.size())) {
            String[] words = line.strip().split("\\s+");
            if (words.length <= cpus.size() || !words[0].matches("\\d+:")) {
                continue;
            }
            List<Long> counts = new ArrayList<>();
            for (int i = 0; i < cpus.size(); i++) {
                counts.add(Numbers.decimal(words[i + 1]));
            }
            all.add(new Interrupts(words[0].replace(":", ""), counts, cpus, words[words.length - 1]));
        }
        return all;
    }

    /** What has come since an earlier reading of the same interrupt; CPUs may have come and gone. */
    public Interrupts since(Interrupts earlier) {
        List<Long> difference = new ArrayList<>();
        for (int i = 0; i < counts.size(); i++) {
            int then = i < earlier.cpus.size() && earlier.cpus.get(i).equals(cpus.get(i)) ? i : earlier.cpus.indexOf(cpus.get(i));
            difference.add(then < 0 ? 0 : Math.max(0, counts.get(i) - earlier.counts.get(then)));
        }
        return new Interrupts(number, difference, cpus, name);
    }
}
