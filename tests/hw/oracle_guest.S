/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What runs on the other MMU: a monitor that makes the accesses of a list and
 * writes down what became of each.  It lies at physical 0x10000 and runs
 * through the mapping of low memory at KERNBASE that every simulated kernel
 * boots with, so that it needs nothing of its own in the tables, but for the
 * page of user code.  oracle.h has the structures; the offsets are repeated
 * here.
 */
	.set KERNBASE, 0xffffffff80000000
	.set PARAMS, KERNBASE + 0x1000
	.set STACK, KERNBASE + 0x8000
	.set PROBES, KERNBASE + 0x30000
	/* struct oracle_params */
	.set P_CR3, 0x00
	.set P_CR0, 0x08
	.set P_EFER, 0x10
	.set P_CR4, 0x18
	.set P_GDTR, 0x20
	.set P_IDTR, 0x30
	.set P_ASKED, 0x40
	.set P_DONE, 0x48
	.set P_FLAGS, 0x50
	.set P_INVLPG, 0x58
	.set P_COUNT, 0x60
	.set P_STUB, 0x68
	.set P_HALT, 0x70
	/* struct oracle_probe */
	.set A_VA, 0
	.set A_OP, 8
	.set A_CPL, 12
	.set A_WVAL, 16
	.set A_VAL, 24
	.set A_VECTOR, 32
	.set A_ERROR, 40
	.set A_CR2, 48
	.set A_SIZE, 64
	.set SUCCESS, 0x80

	.text
	.code64
	.globl _start
_start:	/* struct oracle_header */
	.quad	boot
	.quad	serve
	.quad	stub
	.quad	stub_end - stub
	.quad	vectors

/* From reset: descriptors, then the control registers of the parameters. */
boot:
	movabs	$PARAMS, %rbp
	lgdt	P_GDTR(%rbp)
	lidt	P_IDTR(%rbp)
	movl	$0x10, %eax
	movl	%eax, %ds
	movl	%eax, %es
	movl	%eax, %ss
	movabs	$STACK, %rsp
	pushq	$0x08
	leaq	1f(%rip), %rax
	pushq	%rax
	lretq
1:	movl	$0x30, %eax
	ltr	%ax
	movq	P_CR4(%rbp), %rax
	movq	%rax, %cr4
	call	load_registers
	jmp	wait

/* EFER and CR3 before CR0: WP may forbid nothing that the monitor does. */
load_registers:
	movl	$0xc0000080, %ecx
	movl	P_EFER(%rbp), %eax
	xorl	%edx, %edx
	wrmsr
	movq	P_CR3(%rbp), %rax
	movq	%rax, %cr3
	movq	P_CR0(%rbp), %rax
	movq	%rax, %cr0
	ret

/* A request is done: say so, and wait for the next. */
serve:
	movabs	$PARAMS, %rbp
	movabs	$STACK, %rsp
	movq	P_ASKED(%rbp), %rax
	movq	%rax, P_DONE(%rbp)
	cmpq	$0, P_HALT(%rbp)
	je	wait
	hlt
	jmp	serve_one
wait:
	pause
	movq	P_ASKED(%rbp), %rax
	cmpq	P_DONE(%rbp), %rax
	je	wait
serve_one:
	testq	$1, P_FLAGS(%rbp)
	jz	1f
	movq	P_INVLPG(%rbp), %rax
	invlpg	(%rax)
1:	testq	$2, P_FLAGS(%rbp)
	jz	1f
	movq	P_CR3(%rbp), %rax
	movq	%rax, %cr3
1:	testq	$4, P_FLAGS(%rbp)
	jz	1f
	movq	%cr4, %rax
	movq	%rax, %rdx
	andq	$~0x80, %rdx
	movq	%rdx, %cr4
	movq	%rax, %cr4
1:	testq	$8, P_FLAGS(%rbp)
	jz	1f
	call	load_registers
1:	movabs	$PROBES, %rbx
	movq	%rbx, current(%rip)
	movq	P_COUNT(%rbp), %rcx
	movq	%rcx, left(%rip)

next:
	cmpq	$0, left(%rip)
	je	serve
	movq	current(%rip), %rbx
	movq	A_VA(%rbx), %rdi
	movq	A_WVAL(%rbx), %rsi
	movl	A_OP(%rbx), %edx
	xorl	%eax, %eax
	cmpl	$3, A_CPL(%rbx)
	je	user
	cmpl	$1, %edx
	jb	1f
	je	2f
	call	*%rdi
	jmp	3f
1:	movq	(%rdi), %rax
	jmp	3f
2:	movq	%rsi, (%rdi)
3:	movq	current(%rip), %rbx
	movq	%rax, A_VAL(%rbx)
	movq	$SUCCESS, A_VECTOR(%rbx)
advance:
	addq	$A_SIZE, current(%rip)
	decq	left(%rip)
	jmp	next

/* To the stub's part for the operation; its last words come back as a trap. */
user:
	movabs	$PARAMS, %rbp
	movq	P_STUB(%rbp), %r8
	pushq	$0x23
	leaq	0xff0(%r8), %rcx
	pushq	%rcx
	pushq	$2
	pushq	$0x2b
	shll	$4, %edx
	addq	%rdx, %r8
	pushq	%r8
	iretq

/*
 * The page of user code.  A fetch executes the target's own two instructions
 * and returns to what the page has at 0xff0: the address of its last ud2.
 */
	.balign	16
stub:
	movq	(%rdi), %rax
	ud2
	.balign	16
	movq	%rsi, (%rdi)
	ud2
	.balign	16
	jmp	*%rdi
	.balign	16
	ud2
stub_end:

/* Every vector: number, error code, return address are on the stack. */
trap:
	pushq	%rbp
	pushq	%rbx
	pushq	%rcx
	movq	current(%rip), %rbx
	movq	%rax, A_VAL(%rbx)
	movq	24(%rsp), %rax
	movq	%rax, A_VECTOR(%rbx)
	movq	32(%rsp), %rcx
	movq	%rcx, A_ERROR(%rbx)
	movq	%cr2, %rcx
	movq	%rcx, A_CR2(%rbx)
	/* An undefined instruction in the stub is the way back from it. */
	cmpq	$6, %rax
	jne	1f
	movabs	$PARAMS, %rbp
	movq	40(%rsp), %rcx
	subq	P_STUB(%rbp), %rcx
	cmpq	$0x1000, %rcx
	jae	1f
	movq	$SUCCESS, A_VECTOR(%rbx)
1:	movabs	$STACK, %rsp
	jmp	advance

	.balign	16
vectors:
	.set	i, 0
	.rept	32
	.balign	16
	/* These push an error code themselves. */
	.if !((0x60227d00 >> i) & 1)
	pushq	$0
	.endif
	pushq	$i
	jmp	trap
	.set	i, i + 1
	.endr

	.balign	8
current:
	.quad	0
left:
	.quad	0
