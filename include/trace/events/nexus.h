/* SPDX-License-Identifier: GPL-2.0 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM nexus

#if !defined(_TRACE_NEXUS_H) || defined(TRACE_HEADER_MULTI_READ)
#define _TRACE_NEXUS_H

#include <linux/tracepoint.h>

/* Ids are those that the system call was given, or would return. */

TRACE_EVENT(port_create,

	TP_PROTO(int id, u32 capacity, const char *name),

	TP_ARGS(id, capacity, name),

	TP_STRUCT__entry(
		__field(int, id)
		__field(u32, capacity)
		__string(name, name)
	),

	TP_fast_assign(
		__entry->id = id;
		__entry->capacity = capacity;
		__assign_str(name);
	),

	TP_printk("port=%d capacity=%u name=%s", __entry->id,
		  __entry->capacity, __get_str(name))
);

TRACE_EVENT(port_send,

	TP_PROTO(int id, int code, size_t size, bool waited, int err),

	TP_ARGS(id, code, size, waited, err),

	TP_STRUCT__entry(
		__field(int, id)
		__field(int, code)
		__field(size_t, size)
		__field(bool, waited)
		__field(int, err)
	),

	TP_fast_assign(
		__entry->id = id;
		__entry->code = code;
		__entry->size = size;
		__entry->waited = waited;
		__entry->err = err;
	),

	TP_printk("port=%d code=%d size=%zu waited=%d err=%d", __entry->id,
		  __entry->code, __entry->size, __entry->waited, __entry->err)
);

TRACE_EVENT(port_recv,

	TP_PROTO(int id, int code, size_t size, size_t copied),

	TP_ARGS(id, code, size, copied),

	TP_STRUCT__entry(
		__field(int, id)
		__field(int, code)
		__field(size_t, size)
		__field(size_t, copied)
	),

	TP_fast_assign(
		__entry->id = id;
		__entry->code = code;
		__entry->size = size;
		__entry->copied = copied;
	),

	TP_printk("port=%d code=%d size=%zu copied=%zu", __entry->id,
		  __entry->code, __entry->size, __entry->copied)
);

TRACE_EVENT(port_close,

	TP_PROTO(int id, int err),

	TP_ARGS(id, err),

	TP_STRUCT__entry(
		__field(int, id)
		__field(int, err)
	),

	TP_fast_assign(
		__entry->id = id;
		__entry->err = err;
	),

	TP_printk("port=%d err=%d", __entry->id, __entry->err)
);

TRACE_EVENT(sem_create,

	TP_PROTO(int id, int count, const char *name),

	TP_ARGS(id, count, name),

	TP_STRUCT__entry(
		__field(int, id)
		__field(int, count)
		__string(name, name)
	),

	TP_fast_assign(
		__entry->id = id;
		__entry->count = count;
		__assign_str(name);
	),

	TP_printk("sem=%d count=%d name=%s", __entry->id, __entry->count,
		  __get_str(name))
);

TRACE_EVENT(sem_acquire,

	TP_PROTO(int id, int count, bool waited, int err),

	TP_ARGS(id, count, waited, err),

	TP_STRUCT__entry(
		__field(int, id)
		__field(int, count)
		__field(bool, waited)
		__field(int, err)
	),

	TP_fast_assign(
		__entry->id = id;
		__entry->count = count;
		__entry->waited = waited;
		__entry->err = err;
	),

	TP_printk("sem=%d count=%d waited=%d err=%d", __entry->id,
		  __entry->count, __entry->waited, __entry->err)
);

TRACE_EVENT(sem_release,

	TP_PROTO(int id, int count, unsigned int flags, int err),

	TP_ARGS(id, count, flags, err),

	TP_STRUCT__entry(
		__field(int, id)
		__field(int, count)
		__field(unsigned int, flags)
		__field(int, err)
	),

	TP_fast_assign(
		__entry->id = id;
		__entry->count = count;
		__entry->flags = flags;
		__entry->err = err;
	),

	TP_printk("sem=%d count=%d flags=%#x err=%d", __entry->id,
		  __entry->count, __entry->flags, __entry->err)
);

TRACE_EVENT(object_delete,

	TP_PROTO(unsigned int type, int id),

	TP_ARGS(type, id),

	TP_STRUCT__entry(
		__field(unsigned int, type)
		__field(int, id)
	),

	TP_fast_assign(
		__entry->type = type;
		__entry->id = id;
	),

	TP_printk("type=%u id=%d", __entry->type, __entry->id)
);

TRACE_EVENT(object_owner,

	TP_PROTO(unsigned int type, int id, int team, int err),

	TP_ARGS(type, id, team, err),

	TP_STRUCT__entry(
		__field(unsigned int, type)
		__field(int, id)
		__field(int, team)
		__field(int, err)
	),

	TP_fast_assign(
		__entry->type = type;
		__entry->id = id;
		__entry->team = team;
		__entry->err = err;
	),

	TP_printk("type=%u id=%d team=%d err=%d", __entry->type, __entry->id,
		  __entry->team, __entry->err)
);

TRACE_EVENT(thread_send,

	TP_PROTO(int id, int code, size_t size, int err),

	TP_ARGS(id, code, size, err),

	TP_STRUCT__entry(
		__field(int, id)
		__field(int, code)
		__field(size_t, size)
		__field(int, err)
	),

	TP_fast_assign(
		__entry->id = id;
		__entry->code = code;
		__entry->size = size;
		__entry->err = err;
	),

	TP_printk("thread=%d code=%d size=%zu err=%d", __entry->id,
		  __entry->code, __entry->size, __entry->err)
);

TRACE_EVENT(thread_recv,

	TP_PROTO(int code, size_t size, size_t copied),

	TP_ARGS(code, size, copied),

	TP_STRUCT__entry(
		__field(int, code)
		__field(size_t, size)
		__field(size_t, copied)
	),

	TP_fast_assign(
		__entry->code = code;
		__entry->size = size;
		__entry->copied = copied;
	),

	TP_printk("code=%d size=%zu copied=%zu", __entry->code,
		  __entry->size, __entry->copied)
);

DECLARE_EVENT_CLASS(thread_control,

	TP_PROTO(int id, int err),

	TP_ARGS(id, err),

	TP_STRUCT__entry(
		__field(int, id)
		__field(int, err)
	),

	TP_fast_assign(
		__entry->id = id;
		__entry->err = err;
	),

	TP_printk("thread=%d err=%d", __entry->id, __entry->err)
);

DEFINE_EVENT(thread_control, thread_suspend,
	TP_PROTO(int id, int err),
	TP_ARGS(id, err)
);

DEFINE_EVENT(thread_control, thread_resume,
	TP_PROTO(int id, int err),
	TP_ARGS(id, err)
);

DEFINE_EVENT(thread_control, thread_kill,
	TP_PROTO(int id, int err),
	TP_ARGS(id, err)
);

TRACE_EVENT(thread_wait,

	TP_PROTO(int id, int status, int err),

	TP_ARGS(id, status, err),

	TP_STRUCT__entry(
		__field(int, id)
		__field(int, status)
		__field(int, err)
	),

	TP_fast_assign(
		__entry->id = id;
		__entry->status = status;
		__entry->err = err;
	),

	TP_printk("thread=%d status=%d err=%d", __entry->id, __entry->status,
		  __entry->err)
);

TRACE_EVENT(area_create,

	TP_PROTO(int id, unsigned long address, unsigned long size),

	TP_ARGS(id, address, size),

	TP_STRUCT__entry(
		__field(int, id)
		__field(unsigned long, address)
		__field(unsigned long, size)
	),

	TP_fast_assign(
		__entry->id = id;
		__entry->address = address;
		__entry->size = size;
	),

	TP_printk("area=%d address=0x%lx size=%lu", __entry->id,
		  __entry->address, __entry->size)
);

TRACE_EVENT(area_clone,

	TP_PROTO(int source, int id, unsigned long address),

	TP_ARGS(source, id, address),

	TP_STRUCT__entry(
		__field(int, source)
		__field(int, id)
		__field(unsigned long, address)
	),

	TP_fast_assign(
		__entry->source = source;
		__entry->id = id;
		__entry->address = address;
	),

	TP_printk("source=%d area=%d address=0x%lx", __entry->source,
		  __entry->id, __entry->address)
);

TRACE_EVENT(area_resize,

	TP_PROTO(int id, u64 old_size, u64 size),

	TP_ARGS(id, old_size, size),

	TP_STRUCT__entry(
		__field(int, id)
		__field(u64, old_size)
		__field(u64, size)
	),

	TP_fast_assign(
		__entry->id = id;
		__entry->old_size = old_size;
		__entry->size = size;
	),

	TP_printk("area=%d old=%llu size=%llu", __entry->id,
		  __entry->old_size, __entry->size)
);

TRACE_EVENT(area_transfer,

	TP_PROTO(int id, int team, int new_id),

	TP_ARGS(id, team, new_id),

	TP_STRUCT__entry(
		__field(int, id)
		__field(int, team)
		__field(int, new_id)
	),

	TP_fast_assign(
		__entry->id = id;
		__entry->team = team;
		__entry->new_id = new_id;
	),

	TP_printk("area=%d team=%d new=%d", __entry->id, __entry->team,
		  __entry->new_id)
);

#endif /* _TRACE_NEXUS_H */

/* This part must be outside protection */
#include <trace/define_trace.h>
