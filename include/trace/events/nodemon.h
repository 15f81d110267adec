/* SPDX-License-Identifier: GPL-2.0 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM nodemon

#if !defined(_TRACE_NODEMON_H) || defined(TRACE_HEADER_MULTI_READ)
#define _TRACE_NODEMON_H

#include <linux/tracepoint.h>

struct nodemon;
struct nodemon_news;

TRACE_EVENT(nodemon_watch,

	TP_PROTO(const struct nodemon *nm, unsigned int type, u32 events,
		 int ret),

	TP_ARGS(nm, type, events, ret),

	TP_STRUCT__entry(
		__field(int, port)
		__field(int, token)
		__field(unsigned int, type)
		__field(u32, events)
		__field(int, ret)
	),

	TP_fast_assign(
		__entry->port = nm->port;
		__entry->token = nm->token;
		__entry->type = type;
		__entry->events = events;
		__entry->ret = ret;
	),

	TP_printk("port=%d token=%d type=%u events=0x%x ret=%d",
		  __entry->port, __entry->token, __entry->type,
		  __entry->events, __entry->ret)
);

TRACE_EVENT(nodemon_event,

	TP_PROTO(int watch, const struct nodemon_news *news),

	TP_ARGS(watch, news),

	TP_STRUCT__entry(
		__field(int, watch)
		__field(u16, opcode)
		__field(u32, detail)
		__field(s32, device)
		__field(s64, directory)
		__field(s64, node)
	),

	TP_fast_assign(
		__entry->watch = watch;
		__entry->opcode = news->opcode;
		__entry->detail = news->detail;
		__entry->device = news->device;
		__entry->directory = news->directory;
		__entry->node = news->node;
	),

	TP_printk("watch=%d opcode=%u detail=0x%x device=0x%x directory=%lld node=%lld",
		  __entry->watch, __entry->opcode, __entry->detail,
		  __entry->device, __entry->directory, __entry->node)
);

#endif /* _TRACE_NODEMON_H */

/* This part must be outside protection */
#include <trace/define_trace.h>
