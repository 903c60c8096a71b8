#include "press.h"

#include <pthread.h>
#include <stdlib.h>

struct press {
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t come;
	struct press_job *first, **last;
	unsigned waiting;
	bool ends;
	struct typesetter *typesetter; /* the thread's own */
};

static void set(struct press *p, struct press_job *job)
{
	if (p->typesetter == NULL)
		p->typesetter = typesetter_new(&job->err);
	if (p->typesetter != NULL)
		document_make(p->typesetter, job->arena, &job->document, job->proof, &job->pdf,
		              &job->err);
	http_ready(job->exchange);
}

/* The next job, or NULL at the end of all. */
static struct press_job *next(struct press *p)
{
	pthread_mutex_lock(&p->lock);
	while (p->first == NULL && !p->ends)
		pthread_cond_wait(&p->come, &p->lock);
	struct press_job *job = p->first;
	if (job != NULL) {
		p->first = job->next;
		p->last = p->first == NULL ? &p->first : p->last;
		p->waiting--;
	}
	pthread_mutex_unlock(&p->lock);
	return job;
}

static void *work(void *ctx)
{
	struct press *p = ctx;
	for (struct press_job *job; (job = next(p)) != NULL;)
		set(p, job);
	return NULL;
}

struct press *press_new(struct err *e)
{
	struct press *p = calloc(1, sizeof *p);
	if (p != NULL) {
		p->last = &p->first;
		pthread_mutex_init(&p->lock, NULL);
		pthread_cond_init(&p->come, NULL);
		if (pthread_create(&p->thread, NULL, work, p) == 0)
			return p;
		pthread_cond_destroy(&p->come);
		pthread_mutex_destroy(&p->lock);
		free(p);
	}
	err_environment(e, "cannot start a thread");
	return NULL;
}

void press_free(struct press *p)
{
	if (p == NULL)
		return;
	pthread_mutex_lock(&p->lock);
	p->ends = true;
	pthread_cond_signal(&p->come);
	pthread_mutex_unlock(&p->lock);
	pthread_join(p->thread, NULL);
	typesetter_free(p->typesetter);
	pthread_mutex_destroy(&p->lock);
	pthread_cond_destroy(&p->come);
	free(p);
}

bool press_take(struct press *p, struct press_job *job)
{
	pthread_mutex_lock(&p->lock);
	bool room = p->waiting < PRESS_WAITING && !p->ends;
	if (room) {
		job->next = NULL;
		*p->last = job;
		p->last = &job->next;
		p->waiting++;
		pthread_cond_signal(&p->come);
	}
	pthread_mutex_unlock(&p->lock);
	return room;
}
