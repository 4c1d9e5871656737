/** What a run measured, and its forms for people (text, HTML) and programs (JSON). */
package io.sockway.bench.report;
