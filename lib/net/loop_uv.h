/* loop_uv.h - the libuv loop itself, for the other files of lib/net. */
#pragma once

struct loop;
struct uv_loop_s;

struct uv_loop_s *loop_uv(struct loop *loop);
