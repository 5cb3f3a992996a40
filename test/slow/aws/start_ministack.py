"""Starts ministack, the emulator of AWS, with one addition: it accepts alarms with metric math.

ministack rejects them, although CloudFormation accepts them. Here such an alarm is stored with the metric of its first
query; it is listed and deleted like any other, and nothing evaluates it.
"""

import sys

from ministack.app import main
from ministack.services.cloudformation import provisioners

record_of_metric_alarm = provisioners._cw_metric_alarm_record


def record_of_alarm(name, props):
    queries = [query["MetricStat"]["Metric"] for query in props.get("Metrics", []) if "MetricStat" in query]
    if queries:
        props = {**{key: value for key, value in props.items() if key != "Metrics"}, **queries[0]}
    return record_of_metric_alarm(name, props)


provisioners._cw_metric_alarm_record = record_of_alarm

if __name__ == "__main__":
    sys.exit(main())
