package io.sockway.xds.testing;

import io.sockway.xds.discovery.DiscoveryEvents;
import io.sockway.xds.discovery.EnvoyNode;
import io.sockway.xds.discovery.Publication;
import io.sockway.xds.discovery.ResourceType;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** Keeps what a publisher tells. */
public final class Recorded implements DiscoveryEvents {
    private final BlockingQueue<Publication.Report> reports = new LinkedBlockingQueue<>();
    private final List<String> rejections = new CopyOnWriteArrayList<>();

    @Override
    public void rejected(EnvoyNode node, ResourceType type, String version, String words) {
        rejections.add(node.id() + " " + type.service() + " " + words);
    }

    @Override
    public void published(Publication.Report report) {
        reports.add(report);
    }

    public List<String> rejections() {
        return rejections;
    }

    public Publication.Report report() throws InterruptedException {
        Publication.Report report = reports.poll(10, TimeUnit.SECONDS);
        if (report == null) {
            throw new AssertionError("no publication was completed");
        }
        return report;
    }
}
