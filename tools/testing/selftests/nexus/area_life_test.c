// SPDX-License-Identifier: GPL-2.0
/*
 * What the calls that any program makes do to its areas: munmap() and
 * MAP_FIXED, mprotect(), mremap(), mseal().
 */
#include "ns.h"
#include "area_team.h"

/*
 * What should be in a few pages: which area each of them belongs to, 0 for
 * none.  Each page was filled by its number.
 */
enum { MODEL = 8, UNKNOWN = -1 };

struct model {
	char *base;
	int pages;
	int id[MODEL];
	struct nexus_area_info info;	/* before anything was cut */
};

static void model_area(struct __test_metadata *_metadata, struct model *model,
		       int first, int pages)
{
	const char *at = model->base + first * PAGE;
	struct nexus_area_args args = area_args("cut me", pages,
						RDWR | CLONEABLE);
	int id, i;

	args.spec = NEXUS_AREA_EXACT;
	args.address = (uintptr_t)at;
	args.flags = NEXUS_CREATE_MODE;
	args.mode = 0640;
	id = create_area(&args);
	ASSERT_LT(0, id);
	ASSERT_EQ(0, area_info(id, &model->info));
	for (i = first; i < first + pages; i++)
		model->id[i] = id;
	fill_pages((char *)at, pages, first);
	if (model->pages < first + pages)
		model->pages = first + pages;
}

static struct model new_model(struct __test_metadata *_metadata, int pages)
{
	struct model model = { .base = slot(0) };

	model_area(_metadata, &model, 0, pages);
	return model;
}

/* What is behind the hole is another area now, unless it already was. */
static void model_cut(struct model *model, int from, int to)
{
	const int before = from ? model->id[from - 1] : 0;
	int i;

	for (i = to; i < model->pages && before && model->id[i] == before; i++)
		model->id[i] = UNKNOWN;
	for (i = from; i < to; i++)
		model->id[i] = 0;
}

/* The piece whose first page is page i, as its new id shows. */
static void learn_id(struct __test_metadata *_metadata, struct model *model,
		     int i)
{
	const int id = area_for(model->base + i * PAGE);
	int k;

	ASSERT_LT(0, id);
	for (k = 0; k < model->pages; k++)
		ASSERT_NE(id, model->id[k]);
	for (; i < model->pages && model->id[i] == UNKNOWN; i++)
		model->id[i] = id;
}

static void check_piece(struct __test_metadata *_metadata, struct model *model,
			int first, int pages)
{
	const char *at = model->base + first * PAGE;
	struct nexus_area_info info;

	ASSERT_EQ(0, area_info(model->id[first], &info));
	ASSERT_EQ(model->id[first], info.id);
	ASSERT_EQ(getpid(), info.team);
	ASSERT_EQ((uintptr_t)at, info.address);
	ASSERT_EQ(pages * PAGE, info.size);
	ASSERT_EQ(model->info.protection, info.protection);
	ASSERT_EQ(model->info.max_protection, info.max_protection);
	ASSERT_EQ(model->info.lock, info.lock);
	ASSERT_EQ(model->info.mode, info.mode);
	ASSERT_EQ(model->info.uid, info.uid);
	ASSERT_STREQ("cut me", info.name);
	ASSERT_TRUE(pages_filled(at, pages, first));
}

static void check_model(struct __test_metadata *_metadata, struct model *model)
{
	int i, start, pieces = 0;

	for (i = 0; i < model->pages; i++)
		if (model->id[i] == UNKNOWN)
			learn_id(_metadata, model, i);
	for (i = 0; i < model->pages; i++) {
		const char *at = model->base + i * PAGE;
		const long id = model->id[i] ? model->id[i] : -ENOENT;

		ASSERT_EQ(id, area_for(at));
		ASSERT_EQ(id, area_for(at + PAGE - 1));
	}
	for (i = 0; i < model->pages; i += i == start) {
		start = i;
		if (!model->id[i])
			continue;
		while (i < model->pages && model->id[i] == model->id[start])
			i++;
		check_piece(_metadata, model, start, i - start);
		pieces++;
	}
	ASSERT_EQ(pieces, areas());
}

static void cut(struct __test_metadata *_metadata, struct model *model,
		int from, int to)
{
	ASSERT_EQ(0, munmap(model->base + from * PAGE, (to - from) * PAGE));
	model_cut(model, from, to);
	check_model(_metadata, model);
}

/* Deletes each piece by the id that it should have. */
static void end_model(struct __test_metadata *_metadata, struct model *model)
{
	int i;

	for (i = 0; i < model->pages; i++) {
		const int id = model->id[i];

		if (!id || (i && model->id[i - 1] == id))
			continue;
		ASSERT_EQ(0, delete_area(id));
		ASSERT_EQ(-EIDRM, delete_area(id));
	}
	ASSERT_EQ(0, areas());
	ASSERT_EQ(0, vmas_at(model->base, model->pages));
}

TEST_F(ns, munmap_all)
{
	struct model model = new_model(_metadata, 4);
	const int id = model.id[0];
	struct nexus_area_info info;

	cut(_metadata, &model, 0, 4);
	EXPECT_EQ(-EIDRM, area_info(id, &info));
	EXPECT_EQ(-EIDRM, delete_area(id));
	EXPECT_EQ(-EIDRM, resize_area(id, 4));
	EXPECT_EQ(-ENOENT, nexus_find(AREA, "cut me", 0));
	EXPECT_EQ(-ENOENT, nexus_next(AREA, 0, 0, &info, sizeof(info), 0));
	EXPECT_EQ(0, vmas_at(model.base, 4));
}

TEST_F(ns, munmap_every_range)
{
	struct model model;
	int from, to;

	for (from = 0; from < 5; from++) {
		for (to = from + 1; to <= 5; to++) {
			model = new_model(_metadata, 5);
			cut(_metadata, &model, from, to);
			/* Once more there is nothing to do. */
			cut(_metadata, &model, from, to);
			end_model(_metadata, &model);
		}
	}
}

/* Each order in which single pages can go. */
static void permute(struct __test_metadata *_metadata, int *order, int at,
		    int count)
{
	struct model model;
	int i;

	if (at == count) {
		model = new_model(_metadata, count);
		for (i = 0; i < count; i++)
			cut(_metadata, &model, order[i], order[i] + 1);
		ASSERT_EQ(0, areas());
		return;
	}
	for (i = at; i < count; i++) {
		int t = order[at];

		order[at] = order[i];
		order[i] = t;
		permute(_metadata, order, at + 1, count);
		t = order[at];
		order[at] = order[i];
		order[i] = t;
	}
}

TEST_F_TIMEOUT(ns, munmap_in_every_order, 120)
{
	int order[] = { 0, 1, 2, 3, 4 };

	permute(_metadata, order, 0, ARRAY_SIZE(order));
}

TEST_F(ns, munmap_across_areas)
{
	struct model model;
	int from, to;

	for (from = 0; from < 6; from++) {
		for (to = from + 1; to <= 6; to++) {
			/* Two that touch, and two with a hole between. */
			model = (struct model){ .base = slot(0) };
			model_area(_metadata, &model, 0, 3);
			model_area(_metadata, &model, 3, 3);
			cut(_metadata, &model, from, to);
			end_model(_metadata, &model);

			model = (struct model){ .base = slot(0) };
			model_area(_metadata, &model, 0, 2);
			model_area(_metadata, &model, 4, 2);
			cut(_metadata, &model, from, to);
			end_model(_metadata, &model);
		}
	}
}

/* Something else is between and behind, and goes or stays as asked. */
TEST_F(ns, munmap_with_neighbours)
{
	struct model model = { .base = slot(0) };
	char *other;

	model_area(_metadata, &model, 0, 2);
	model_area(_metadata, &model, 4, 2);
	other = mmap(slot(0) + 2 * PAGE, 2 * PAGE, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
	ASSERT_EQ(slot(0) + 2 * PAGE, other);
	other[PAGE] = 1;
	cut(_metadata, &model, 1, 3);
	EXPECT_EQ(SIGSEGV, try_read(other));
	EXPECT_EQ(1, other[PAGE]);
	cut(_metadata, &model, 5, 6);
	EXPECT_EQ(1, other[PAGE]);
	ASSERT_EQ(0, munmap(other + PAGE, PAGE));
	end_model(_metadata, &model);
}

/* A hole can be filled by what is another area altogether. */
TEST_F(ns, fill_the_hole)
{
	struct model model = new_model(_metadata, 5);
	char *hole = model.base + 2 * PAGE;
	int id;

	cut(_metadata, &model, 2, 3);
	EXPECT_EQ(-EEXIST, new_area_at(hole, 2, RDWR));
	EXPECT_EQ(-EEXIST, new_area_at(hole - PAGE, 2, RDWR));
	id = new_area_at(hole, 1, RDWR);
	ASSERT_LT(0, id);
	EXPECT_TRUE(all_zero(hole, 1));
	EXPECT_EQ(id, area_for(hole));
	EXPECT_EQ(model.id[1], area_for(hole - 1));
	EXPECT_EQ(model.id[3], area_for(hole + PAGE));
	ASSERT_EQ(0, delete_area(id));
	check_model(_metadata, &model);
	end_model(_metadata, &model);
}

TEST_F(ns, map_fixed_over_it)
{
	struct model model;
	int from, to, i;
	char *p;

	for (from = 0; from < 4; from++) {
		for (to = from + 1; to <= 4; to++) {
			model = new_model(_metadata, 4);
			p = mmap(model.base + from * PAGE, (to - from) * PAGE,
				 PROT_READ | PROT_WRITE, MAP_PRIVATE |
				 MAP_ANONYMOUS | MAP_FIXED, -1, 0);
			ASSERT_EQ(model.base + from * PAGE, p);
			ASSERT_TRUE(all_zero(p, to - from));
			model_cut(&model, from, to);
			check_model(_metadata, &model);
			/* What came is not part of the piece below it. */
			for (i = from; i < to; i++)
				p[(i - from) * PAGE] = 1;
			check_model(_metadata, &model);
			ASSERT_EQ(0, munmap(p, (to - from) * PAGE));
			end_model(_metadata, &model);
		}
	}
}

/* The pieces have the memory in common with a clone, as before. */
TEST_F(ns, cut_a_source)
{
	struct model model = new_model(_metadata, 5);
	char *clone = slot(1);
	int id;

	id = slot_clone(1, model.id[0], RDWR);
	ASSERT_LT(0, id);
	ASSERT_EQ(0, munmap(model.base + 2 * PAGE, PAGE));
	EXPECT_EQ(5, area_pages(id));
	EXPECT_TRUE(pages_filled(clone, 5, 0));
	clone[0] = 99;
	clone[4 * PAGE] = 98;
	EXPECT_EQ(99, model.base[0]);
	EXPECT_EQ(98, model.base[4 * PAGE]);
	EXPECT_EQ(NEXUS_AREA_SHARED, area_flags(model.id[0]));
	EXPECT_EQ(NEXUS_AREA_SHARED,
		  area_flags(area_for(model.base + 3 * PAGE)));
	/* Without the sources it has all of it still. */
	ASSERT_EQ(0, munmap(model.base, 5 * PAGE));
	EXPECT_EQ(1, areas());
	clone[0] = 0;
	clone[4 * PAGE] = 0;
	fill_pages(clone, 1, 0);
	fill_pages(clone + 4 * PAGE, 1, 4);
	EXPECT_TRUE(pages_filled(clone, 5, 0));
	EXPECT_EQ(0, delete_area(id));
}

/* A clone of a piece is as large as the piece, and has what is in it. */
TEST_F(ns, clone_a_piece)
{
	struct model model = new_model(_metadata, 6);
	int upper, id;

	cut(_metadata, &model, 2, 3);
	upper = model.id[3];
	id = slot_clone(1, upper, RDWR);
	ASSERT_LT(0, id);
	EXPECT_EQ(3, area_pages(id));
	EXPECT_TRUE(pages_filled(slot(1), 3, 3));
	EXPECT_EQ(SIGSEGV, try_read(slot(1) + 3 * PAGE));
	slot(1)[0] = 77;
	EXPECT_EQ(77, model.base[3 * PAGE]);
	/* And so is a clone of that, when it has lost its head. */
	ASSERT_EQ(0, munmap(slot(1), PAGE));
	EXPECT_EQ(2, area_pages(id));
	id = slot_clone(2, id, RDWR);
	ASSERT_LT(0, id);
	EXPECT_EQ(2, area_pages(id));
	EXPECT_TRUE(pages_filled(slot(2), 2, 4));
	/* As well as one of the lower piece. */
	id = slot_clone(3, model.id[0], RDONLY);
	ASSERT_LT(0, id);
	EXPECT_EQ(2, area_pages(id));
	EXPECT_TRUE(pages_filled(slot(3), 2, 0));
}

TEST_F(ns, mprotect_all)
{
	char *p = slot(0);
	int id;

	id = slot_area(0, 3, RDWR | CLONEABLE);
	ASSERT_LT(0, id);
	*p = 1;
	ASSERT_EQ(0, mprotect(p, 3 * PAGE, PROT_READ));
	EXPECT_EQ(RDONLY | CLONEABLE, area_protection(id));
	EXPECT_EQ(SIGSEGV, try_write(p, 2));
	EXPECT_EQ(1, peek_byte(p));
	ASSERT_EQ(0, mprotect(p, 3 * PAGE, PROT_NONE));
	EXPECT_EQ(CLONEABLE, area_protection(id));
	EXPECT_EQ(SIGSEGV, try_read(p));
	ASSERT_EQ(0, mprotect(p, 3 * PAGE, PROT_READ | PROT_WRITE));
	EXPECT_EQ(RDWR | CLONEABLE, area_protection(id));
	EXPECT_EQ(0, try_write(p, 2));
	EXPECT_EQ(id, area_for(p));
	EXPECT_EQ(1, areas());
	EXPECT_EQ(0, delete_area(id));
}

TEST_F(ns, mprotect_a_part)
{
	char *p = slot(0);
	int id, i;

	/* The first, the middle one, the last. */
	for (i = 0; i < 3; i++) {
		id = slot_area(0, 3, RDWR | CLONEABLE);
		ASSERT_LT(0, id);
		fill_pages(p, 3, 1);
		ASSERT_EQ(0, mprotect(p + i * PAGE, PAGE, PROT_READ));
		/* It is one area still, and can do what all pages can. */
		EXPECT_EQ(1, areas());
		EXPECT_EQ(RDONLY | CLONEABLE, area_protection(id));
		EXPECT_EQ(3, area_pages(id));
		EXPECT_EQ(id, area_for(p));
		EXPECT_EQ(id, area_for(p + PAGE));
		EXPECT_EQ(id, area_for(p + 2 * PAGE));
		EXPECT_EQ(SIGSEGV, try_write(p + i * PAGE, 0));
		EXPECT_EQ(0, try_write(p + (i + 1) % 3 * PAGE, 1 * 31 +
				       (i + 1) % 3 * 31));
		ASSERT_EQ(0, mprotect(p + i * PAGE, PAGE, PROT_NONE));
		EXPECT_EQ(CLONEABLE, area_protection(id));
		/* The call for areas means all of it. */
		ASSERT_EQ(0, nexus_area_protect(id, RDONLY));
		EXPECT_EQ(RDONLY, area_protection(id));
		EXPECT_EQ(SIGSEGV, try_write(p + (i + 2) % 3 * PAGE, 0));
		EXPECT_TRUE(pages_filled(p, 3, 1));
		ASSERT_EQ(0, mprotect(p, 2 * PAGE, PROT_READ | PROT_WRITE));
		EXPECT_EQ(RDONLY, area_protection(id));
		ASSERT_EQ(0, mprotect(p + 2 * PAGE, PAGE,
				      PROT_READ | PROT_WRITE));
		EXPECT_EQ(RDWR, area_protection(id));
		ASSERT_EQ(0, mprotect(p + i * PAGE, PAGE, PROT_NONE));
		/* In several mappings, and still goes at once. */
		EXPECT_EQ(0, delete_area(id));
		EXPECT_EQ(0, vmas_at(p, 3));
		EXPECT_EQ(0, areas());
	}
}

/* What goes takes along what it could not do. */
TEST_F(ns, munmap_what_was_protected)
{
	char *p = slot(0);
	int id, upper;

	id = slot_area(0, 4, RDWR);
	ASSERT_LT(0, id);
	fill_pages(p, 4, 5);
	ASSERT_EQ(0, mprotect(p, PAGE, PROT_READ));
	ASSERT_EQ(0, mprotect(p + 2 * PAGE, PAGE, PROT_NONE));
	EXPECT_EQ(0, area_protection(id));
	/* Split in a mapping that is not the first. */
	ASSERT_EQ(0, munmap(p + 2 * PAGE, PAGE));
	EXPECT_EQ(RDONLY, area_protection(id));
	upper = area_for(p + 3 * PAGE);
	ASSERT_LT(0, upper);
	EXPECT_NE(id, upper);
	EXPECT_EQ(RDWR, area_protection(upper));
	ASSERT_EQ(0, munmap(p, PAGE));
	EXPECT_EQ(RDWR, area_protection(id));
	EXPECT_EQ(1, area_pages(id));
	EXPECT_EQ(p + PAGE, area_at(id));
	EXPECT_TRUE(pages_filled(p + PAGE, 1, 6));
	EXPECT_TRUE(pages_filled(p + 3 * PAGE, 1, 8));
	EXPECT_EQ(2, areas());
}

/* The middle of an area that consists of several mappings. */
TEST_F(ns, munmap_across_protections)
{
	char *p = slot(0);
	int id, upper;

	id = slot_area(0, 6, RDWR);
	ASSERT_LT(0, id);
	fill_pages(p, 6, 5);
	ASSERT_EQ(0, mprotect(p + PAGE, PAGE, PROT_READ));
	ASSERT_EQ(0, mprotect(p + 4 * PAGE, PAGE, PROT_READ));
	/* From one with a protection of its own to the other. */
	ASSERT_EQ(0, munmap(p + 2 * PAGE, 2 * PAGE));
	upper = area_for(p + 4 * PAGE);
	EXPECT_EQ(2, areas());
	EXPECT_EQ(id, area_for(p));
	EXPECT_EQ(id, area_for(p + PAGE));
	EXPECT_LT(0, upper);
	EXPECT_NE(id, upper);
	EXPECT_EQ(upper, area_for(p + 5 * PAGE));
	EXPECT_EQ(2, area_pages(id));
	EXPECT_EQ(2, area_pages(upper));
	EXPECT_TRUE(pages_filled(p, 2, 5));
	EXPECT_TRUE(pages_filled(p + 4 * PAGE, 2, 9));
	ASSERT_EQ(0, delete_area(id));
	EXPECT_EQ(2, area_pages(upper));
	ASSERT_EQ(0, delete_area(upper));
	EXPECT_EQ(0, vmas_at(p, 6));
}

/* Several mappings of an area go in one call, from and to anywhere. */
TEST_F(ns, munmap_many_mappings)
{
	struct model model;
	int from, to, i;

	for (from = 0; from < 6; from++) {
		for (to = from + 1; to <= 6; to++) {
			model = new_model(_metadata, 6);
			/* Each page is a mapping. */
			for (i = 0; i < 6; i += 2)
				ASSERT_EQ(0, mprotect(model.base + i * PAGE,
						      PAGE, PROT_READ));
			ASSERT_EQ(0, munmap(model.base + from * PAGE,
					    (to - from) * PAGE));
			for (i = 0; i < 6; i += 2)
				mprotect(model.base + i * PAGE, PAGE,
					 PROT_READ | PROT_WRITE);
			model_cut(&model, from, to);
			check_model(_metadata, &model);
			end_model(_metadata, &model);
		}
	}
}

/* A clone of what another team may only read never becomes more than that. */
TEST_F(ns, mprotect_beyond_the_maximum)
{
	struct team *team = team_start();
	char *p = slot(0);
	int source, id;
	long before;

	ASSERT_NE(NULL, team);
	source = team_create(team, 3, RDONLY | CLONEABLE);
	ASSERT_LT(0, source);
	id = slot_clone(0, source, RDONLY);
	ASSERT_LT(0, id);
	EXPECT_EQ(0, area_maximum(id) & NEXUS_AREA_WRITE);
	before = picture();
	EXPECT_EQ(-1, mprotect(p, 3 * PAGE, PROT_READ | PROT_WRITE));
	EXPECT_EQ(EACCES, errno);
	EXPECT_EQ(-1, mprotect(p + PAGE, PAGE, PROT_READ | PROT_WRITE));
	EXPECT_EQ(EACCES, errno);
	EXPECT_EQ(-1, mprotect(p, PAGE, PROT_WRITE));
	EXPECT_EQ(EACCES, errno);
	EXPECT_EQ(RDONLY, area_protection(id));
	EXPECT_EQ(before, picture());
	EXPECT_EQ(SIGSEGV, try_write(p, 1));
	/* Less and back is possible, and the way back ends where it began. */
	EXPECT_EQ(0, mprotect(p, 3 * PAGE, PROT_NONE));
	EXPECT_EQ(0, area_protection(id));
	EXPECT_EQ(-1, mprotect(p, 3 * PAGE, PROT_READ | PROT_WRITE));
	EXPECT_EQ(0, mprotect(p, 3 * PAGE, PROT_READ));
	EXPECT_EQ(-1, mprotect(p, 3 * PAGE, PROT_READ | PROT_WRITE));
	/* Nor do its parts when it is cut, or when it has moved. */
	ASSERT_EQ(0, munmap(p + PAGE, PAGE));
	EXPECT_EQ(-1, mprotect(p, PAGE, PROT_READ | PROT_WRITE));
	EXPECT_EQ(-1, mprotect(p + 2 * PAGE, PAGE, PROT_READ | PROT_WRITE));
	ASSERT_EQ(slot(1), mremap(p, PAGE, PAGE, MREMAP_MAYMOVE |
				  MREMAP_FIXED, slot(1)));
	EXPECT_EQ(-1, mprotect(slot(1), PAGE, PROT_READ | PROT_WRITE));
	EXPECT_EQ(EACCES, errno);
	EXPECT_EQ(0, area_maximum(id) & NEXUS_AREA_WRITE);
	/* Although the source may be written meanwhile. */
	EXPECT_EQ(0, team_protect(team, source, RDWR));
	EXPECT_EQ(-EPERM, nexus_area_protect(id, RDWR));
	EXPECT_EQ(-1, mprotect(slot(1), PAGE, PROT_READ | PROT_WRITE));
	EXPECT_EQ(0, team_poke(team, team_at(team), 5));
	EXPECT_EQ(5, peek_byte(slot(1)));
	EXPECT_EQ(0, team_end(team));
}

TEST_F(ns, mremap_moves)
{
	struct nexus_area_info before, after;
	char *p = slot(0), *to = slot(1);
	int id, clone;

	id = slot_area(0, 4, RDWR | CLONEABLE);
	ASSERT_LT(0, id);
	fill_pages(p, 4, 3);
	ASSERT_EQ(0, area_info(id, &before));
	ASSERT_EQ(to, mremap(p, 4 * PAGE, 4 * PAGE, MREMAP_MAYMOVE |
			     MREMAP_FIXED, to));
	ASSERT_EQ(0, area_info(id, &after));
	EXPECT_EQ((uintptr_t)to, after.address);
	after.address = before.address;
	EXPECT_EQ(0, memcmp(&before, &after, sizeof(before)));
	EXPECT_EQ(id, area_for(to));
	EXPECT_EQ(id, area_for(to + 4 * PAGE - 1));
	EXPECT_EQ(-ENOENT, area_for(p));
	EXPECT_EQ(0, vmas_at(p, 4));
	EXPECT_TRUE(pages_filled(to, 4, 3));
	EXPECT_EQ(1, areas());
	/* It can do all that it could before. */
	clone = slot_clone(2, id, RDWR);
	ASSERT_LT(0, clone);
	to[0] = 11;
	EXPECT_EQ(11, slot(2)[0]);
	ASSERT_EQ(0, resize_area(id, 6));
	EXPECT_EQ(6, area_pages(clone));
	to[5 * PAGE] = 12;
	EXPECT_EQ(12, slot(2)[5 * PAGE]);
	/* A clone moves as well. */
	ASSERT_EQ(p, mremap(slot(2), 6 * PAGE, 6 * PAGE, MREMAP_MAYMOVE |
			    MREMAP_FIXED, p));
	EXPECT_EQ(p, area_at(clone));
	EXPECT_EQ(12, p[5 * PAGE]);
	ASSERT_EQ(0, resize_area(clone, 5));
	EXPECT_EQ(5, area_pages(id));
	ASSERT_EQ(0, delete_area(id));
	EXPECT_EQ(0, vmas_at(to, 6));
	ASSERT_EQ(0, delete_area(clone));
	EXPECT_EQ(0, vmas_at(p, 6));
}

TEST_F(ns, mremap_over_another)
{
	struct model model = new_model(_metadata, 5);
	char *p = slot(1);
	int id;

	id = slot_area(1, 2, RDWR);
	ASSERT_LT(0, id);
	fill_pages(p, 2, 20);
	/* Into the middle of another area. */
	ASSERT_EQ(model.base + PAGE,
		  mremap(p, 2 * PAGE, 2 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED,
			 model.base + PAGE));
	EXPECT_EQ(3, areas());
	EXPECT_EQ(model.id[0], area_for(model.base));
	EXPECT_EQ(1, area_pages(model.id[0]));
	EXPECT_EQ(id, area_for(model.base + PAGE));
	EXPECT_EQ(id, area_for(model.base + 2 * PAGE));
	EXPECT_EQ(2, area_pages(id));
	EXPECT_EQ(2, area_pages(area_for(model.base + 3 * PAGE)));
	EXPECT_TRUE(pages_filled(model.base, 1, 0));
	EXPECT_TRUE(pages_filled(model.base + PAGE, 2, 20));
	EXPECT_TRUE(pages_filled(model.base + 3 * PAGE, 2, 3));
}

TEST_F(ns, mremap_shrinks)
{
	struct model model = new_model(_metadata, 4);

	ASSERT_EQ(model.base, mremap(model.base, 4 * PAGE, 3 * PAGE, 0));
	model_cut(&model, 3, 4);
	check_model(_metadata, &model);
	ASSERT_EQ(model.base, mremap(model.base, 3 * PAGE, PAGE,
				     MREMAP_MAYMOVE));
	model_cut(&model, 1, 4);
	check_model(_metadata, &model);
	end_model(_metadata, &model);
	/* From the middle on there is no difference. */
	model = new_model(_metadata, 4);
	ASSERT_EQ(model.base + PAGE, mremap(model.base + PAGE, 2 * PAGE, PAGE,
					    0));
	model_cut(&model, 2, 3);
	check_model(_metadata, &model);
	end_model(_metadata, &model);
}

TEST_F(ns, mremap_that_fails)
{
	struct model model = new_model(_metadata, 4);
	const int fixed = MREMAP_MAYMOVE | MREMAP_FIXED;
	char *p = model.base;
	const struct {
		char *old;
		size_t old_pages;
		size_t new_pages;
		int flags;
		int error;
	} table[] = {
		{ p, 4, 5, 0, EFAULT },
		{ p, 4, 5, MREMAP_MAYMOVE, EFAULT },
		{ p, 4, 8, fixed, EFAULT },
		{ p + PAGE, 3, 4, MREMAP_MAYMOVE, EFAULT },
		{ p, 1, 1, fixed, EINVAL },
		{ p, 3, 3, fixed, EINVAL },
		{ p + PAGE, 3, 3, fixed, EINVAL },
		{ p + PAGE, 1, 1, fixed, EINVAL },
		{ p, 4, 4, MREMAP_MAYMOVE | MREMAP_DONTUNMAP, EINVAL },
		{ p, 4, 4, fixed | MREMAP_DONTUNMAP, EINVAL },
		{ p, 0, 4, MREMAP_MAYMOVE, EINVAL },
		{ p, 0, 4, fixed, EINVAL },
		{ p, 0, 1, MREMAP_MAYMOVE, EINVAL },
		{ p + PAGE, 0, 1, fixed, EINVAL },
	};
	const long before = picture();
	size_t i;

	for (i = 0; i < ARRAY_SIZE(table); i++) {
		errno = 0;
		EXPECT_EQ(MAP_FAILED, mremap(table[i].old,
					     table[i].old_pages * PAGE,
					     table[i].new_pages * PAGE,
					     table[i].flags, slot(1)));
		EXPECT_EQ(table[i].error, errno)
			TH_LOG("line %zu: %m", i);
		check_model(_metadata, &model);
		ASSERT_EQ(before, picture())
			TH_LOG("line %zu changed something", i);
	}
	end_model(_metadata, &model);
}

/* In several mappings it moves as a whole or not at all. */
TEST_F(ns, mremap_of_many_protections)
{
	struct model model = new_model(_metadata, 4);
	const long before = picture();
	char *to;

	ASSERT_EQ(0, mprotect(model.base + PAGE, PAGE, PROT_READ));
	to = mremap(model.base, 4 * PAGE, 4 * PAGE, MREMAP_MAYMOVE |
		    MREMAP_FIXED, slot(1));
	if (to == MAP_FAILED) {
		EXPECT_TRUE(errno == EINVAL || errno == EFAULT);
		to = model.base;
	} else {
		EXPECT_EQ(slot(1), to);
		EXPECT_EQ(0, vmas_at(model.base, 4));
		model.base = to;
	}
	EXPECT_EQ(SIGSEGV, try_write(to + PAGE, 1));
	ASSERT_EQ(0, mprotect(to + PAGE, PAGE, PROT_READ | PROT_WRITE));
	check_model(_metadata, &model);
	if (to != slot(1))
		EXPECT_EQ(before, picture());
	end_model(_metadata, &model);
}

#ifndef __NR_mseal
#define __NR_mseal	462
#endif

TEST_F(ns, mseal)
{
	struct model model = new_model(_metadata, 4);
	const int id = model.id[0];
	char *p = model.base;
	long before;
	pid_t pid;

	if (syscall(__NR_mseal, p, 4 * PAGE, 0))
		SKIP(return, "no mseal: %m");
	before = picture();
	EXPECT_EQ(-EPERM, delete_area(id));
	EXPECT_EQ(-EPERM, resize_area(id, 3));
	EXPECT_EQ(-EPERM, nexus_area_protect(id, RDONLY));
	EXPECT_EQ(before, picture());
	EXPECT_EQ(-EPERM, transfer_area(id, 0));
	EXPECT_EQ(before, picture());
	EXPECT_EQ(-1, munmap(p + PAGE, PAGE));
	EXPECT_EQ(EPERM, errno);
	EXPECT_EQ(-1, mprotect(p, PAGE, PROT_READ));
	EXPECT_EQ(EPERM, errno);
	EXPECT_EQ(MAP_FAILED, mremap(p, 4 * PAGE, 4 * PAGE, MREMAP_MAYMOVE |
				     MREMAP_FIXED, slot(1)));
	EXPECT_EQ(EPERM, errno);
	EXPECT_EQ(before, picture());
	check_model(_metadata, &model);
	/* One page that is sealed seals all of an area. */
	model.base = slot(2);
	model_area(_metadata, &model, 0, 4);
	ASSERT_EQ(0, syscall(__NR_mseal, slot(2) + 3 * PAGE, PAGE, 0));
	before = picture();
	EXPECT_EQ(-EPERM, delete_area(model.id[0]));
	EXPECT_EQ(-EPERM, resize_area(model.id[0], 3));
	EXPECT_EQ(-EPERM, nexus_area_protect(model.id[0], RDONLY));
	EXPECT_EQ(-EPERM, transfer_area(model.id[0], 0));
	EXPECT_EQ(before, picture());
	EXPECT_TRUE(pages_filled(slot(2), 4, 0));
	/* Sealed for good, but not beyond the end of the team. */
	pid = fork();
	if (!pid)
		_exit(!pages_filled(slot(0), 4, 0));
	EXPECT_EQ(0, reap(pid));
	EXPECT_EQ(2, areas());
}

/* The calls that seal a clone spare the source, and the other way round. */
TEST_F(ns, mseal_in_another_team)
{
	struct team *team = team_start();
	int id, clone;
	long before;

	ASSERT_NE(NULL, team);
	id = slot_area(0, 2, RDWR | CLONEABLE);
	ASSERT_LT(0, id);
	clone = team_slot_clone(team, 0, id, RDWR);
	ASSERT_LT(0, clone);
	if (syscall(__NR_mseal, slot(0), 2 * PAGE, 0))
		SKIP(return, "no mseal: %m");
	/* All of them or none. */
	before = team_picture(team);
	EXPECT_EQ(-EPERM, team_resize(team, clone, 1));
	EXPECT_EQ(before, team_picture(team));
	EXPECT_EQ(0, team_protect(team, clone, RDONLY));
	EXPECT_EQ(0, team_delete(team, clone));
	EXPECT_EQ(1, areas());
	EXPECT_EQ(0, team_end(team));
}

TEST_HARNESS_MAIN
