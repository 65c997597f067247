/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The firmware of the emulated machine: 64 KiB that end at 4 GiB, and appear
 * below 1 MiB too.  From the reset vector through protected mode to long mode
 * on the test's temporary tables at 0x20000 (identity, and the kernel's own
 * slot), then to the monitor.  Nothing else runs, so nothing else writes to
 * the memory under test.
 */
	.set ROM, 0xf0000
	.set TABLES, 0x20000
	.set MONITOR, 0xffffffff80010000

	.text
	.code16
	.globl _start
_start:
	cli
	lgdtl	%cs:(gdtr - _start)
	movl	$0x11, %eax
	movl	%eax, %cr0
	ljmpl	$0x08, $(ROM + protected - _start)

	.balign	8
gdt:	.quad	0
	.quad	0x00cf9b000000ffff
	.quad	0x00cf93000000ffff
	.quad	0x00af9b000000ffff
gdtr:	.word	31
	.long	ROM + gdt - _start

	.code32
protected:
	movl	$0x10, %eax
	movl	%eax, %ds
	movl	%eax, %ss
	movl	$0xa0, %eax		/* PAE, PGE */
	movl	%eax, %cr4
	movl	$0xc0000080, %ecx
	movl	$0x900, %eax		/* LME, NXE */
	xorl	%edx, %edx
	wrmsr
	movl	$TABLES, %eax
	movl	%eax, %cr3
	movl	$0x80000011, %eax
	movl	%eax, %cr0
	ljmpl	$0x18, $(ROM + long - _start)

	.code64
long:
	movabs	$MONITOR, %rax
	jmp	*(%rax)

	.org	0xfff0
	.code16
	ljmp	$0xf000, $0
	.org	0x10000
