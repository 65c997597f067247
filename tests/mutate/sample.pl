#!/usr/bin/perl
# SPDX-License-Identifier: BSD-2-Clause
# sample.pl [-c COVERAGE] [-j JOBS] [-l FILE:TEXT] BUILD SEED COUNT [GROUP]: how
# many errors of one place the tests catch.  Draws COUNT of them by SEED from
# src/amd64 and src/vm, compiles the one file that has the error, and runs the unit
# tests, then the golden traces, each until one fails.  GROUP is "unit" or
# "golden", for one of the two alone, or "any": then the golden traces see only
# what the unit tests have let pass.  BUILD is the folder of a build that has the
# tests and was configured for Ninja, as build/release.  COVERAGE is a build of the
# preset coverage: with it, a test that never runs the line of an error is not
# tried on it, which changes no result and takes a fifth of the time.  JOBS errors
# are tried at a time, which changes no result either.  With FILE:TEXT only lines
# of FILE that have TEXT are drawn from.  Prints a line an error, and at the end,
# or when SIGTERM ends it before, the rates of what was drawn.
# tests/mutate/README tells of the survivors.
use strict;
use warnings;
use Cwd qw(abs_path);
use File::Basename;
use File::Temp qw(tempdir);
use Getopt::Std;
use IO::Select;
use JSON::PP;
use POSIX ();
use Storable;
use Time::HiRes qw(time);

my %options = (j => 1);
getopts('c:j:l:', \%options) && @ARGV >= 3 && $options{j} =~ /^[1-9]\d*$/ or
    die "usage: sample.pl [-c COVERAGE] [-j JOBS] [-l FILE:TEXT] BUILD SEED " .
    "COUNT [unit|golden|any]\n";
my ($build, $seed, $count, $only) = @ARGV;
$build = abs_path($build) // die "$ARGV[0]: $!\n";
my $coverage = defined $options{c} ? abs_path($options{c}) : undef;
my $source = abs_path(dirname($0) . "/../..");
my $tmp = tempdir(CLEANUP => 1);
# An error may make a test endless.  Seconds of processor time: a busy machine
# must not end a test that is merely slow, which would count as caught.  Tests
# that search, or know many states, have ten times that.
my $limit = 30;

# ---- what can be wrong -------------------------------------------------------
# Each is a pattern and what it becomes.
my @changes = (
    [qr/ == /, ' != '], [qr/ != /, ' == '],
    [qr/ < /, ' <= '], [qr/ <= /, ' < '], [qr/ > /, ' >= '], [qr/ >= /, ' > '],
    [qr/ && /, ' || '], [qr/ \|\| /, ' && '],
    [qr/ \+ 1\b/, ' - 1'], [qr/ - 1\b/, ' + 1'], [qr/ \+ 1\b/, ''],
    [qr/\+\+/, '--'], [qr/--/, '++'], [qr/ \+= /, ' -= '], [qr/ -= /, ' += '],
    [qr/ \|= /, ' &= '], [qr/ &= ~/, ' &= '],
    [qr/_HEAD\(/, '_TAIL('], [qr/_TAIL\(/, '_HEAD('],
    [qr/insert_head\(/, 'insert_tail('], [qr/insert_tail\(/, 'insert_head('],
    [qr/\bTRUE\b/, 'FALSE'], [qr/\bFALSE\b/, 'TRUE'],
    [qr/\btrue\b/, 'false'], [qr/\bfalse\b/, 'true'],
    [qr/^\t+\w+(->\w+)* = .*;$/, ';'], [qr/^\t+\w+\(.*\);$/, ';'],
    [qr/\bcontinue;/, 'break;'], [qr/ >> /, ' << '],
);

# Lines that are no code of the kernel: texts, declarations, checks of the
# simulator's callers, assertions, which only some machines have on, and points,
# which this library has not.
sub is_code {
	my ($line) = @_;
	return $line =~ /^\t/ && $line !~
	    m{^\s*(/?\*|//|[#])|"|KASSERT|NONNULL|CHECK_|FRAME\(|panic|stop\(|
	      ^\s*RACE_|^\t(const|static|struct|enum|unsigned|int|bool|u?int\d+_t)\s}x;
}

# Whether -l lets errors be drawn from the line.
sub is_asked {
	my ($path, $line) = @_;
	my ($file, $text) = split(/:/, $options{l} // return 1, 2);
	return basename($path) eq $file && index($line, $text) >= 0;
}

# All errors, as file, line number, column, length, new text.
sub all_errors {
	my @errors;
	for my $path (sort glob("$source/src/amd64/*.c $source/src/vm/*.c")) {
		open(my $in, '<', $path) or die "$path: $!\n";
		my ($number, $assertion, $race) = (0, 0, 0);
		while (my $line = <$in>) {
			$number++;
			# This library has none of what the detector needs.
			$race = 1 if $line =~ /^#ifdef PMAPSIM_RACE/;
			$race = 0 if $line =~ /^#(else|endif)/;
			next if $race;
			# An assertion goes on to the end of its statement.
			$assertion = 1 if $line =~ /^\s*KASSERT\(/;
			my $skip = $assertion;
			$assertion = 0 if $line =~ /;\s*$/;
			next if $skip || !is_code($line) ||
			    !is_asked($path, $line);
			for my $change (@changes) {
				push @errors, [$path, $number, $-[0],
				    $+[0] - $-[0], $change->[1]]
				    while $line =~ /$change->[0]/g;
			}
		}
		close($in);
	}
	return @errors;
}

# The simulator's own random numbers, so that a seed means the same everywhere.
my $state = $seed;
sub below {
	my ($bound) = @_;
	use integer;
	$state = ($state * 1103515245 + 12345) & 0x7fffffff;
	return (($state >> 8) % $bound);
}

# ---- work side by side -------------------------------------------------------
# Calls work(i) for i = 0, 1, 2, ... in JOBS processes, and in this one done(i,
# what it returned), in the order of i, until that returns false or "most" are
# done.  Worker w of JOBS does each JOBS-th, so that nobody has to be asked.
my @workers;
# The process group of the test that this worker runs: it must not outlive the
# worker.
my $running;
sub in_workers {
	my ($most, $work, $done) = @_;
	my ($next, $select, %results, %from, %owes) = (0, IO::Select->new());
	for my $w (0 .. $options{j} - 1) {
		pipe(my $in, my $out) or die "pipe: $!\n";
		my $pid = fork() // die "fork: $!\n";
		if ($pid == 0) {
			close($in);
			work_alone($w, $most, $work, $out);
		}
		close($out);
		push @workers, $pid;
		$from{$in} = '';
		$owes{$in} = grep { $_ % $options{j} == $w } 0 .. $most - 1;
		$select->add($in);
	}
	GATHER: while (my @ready = $select->can_read()) {
		for my $in (@ready) {
			if (!sysread($in, $from{$in}, 1 << 20, length($from{$in}))) {
				$select->remove($in);
				$owes{$in} == 0 or give_up("a worker ended early");
				next;
			}
			while ($from{$in} =~ s/^(.*)\n//) {
				$owes{$in}--;
				my $result = decode_json($1);
				$results{$result->[0]} = $result->[1];
			}
		}
		while (exists $results{$next}) {
			last GATHER if !$done->($next, delete $results{$next});
			$next++;
		}
	}
	end_workers();
}

# What a worker does, which does not return.
sub work_alone {
	my ($w, $most, $work, $out) = @_;
	$tmp = tempdir(CLEANUP => 0, DIR => $tmp);
	$SIG{TERM} = sub {
		kill('KILL', -$running) if defined $running;
		POSIX::_exit(1);
	};
	$out->autoflush(1);
	for (my $i = $w; $i < $most; $i += $options{j}) {
		print $out encode_json([$i, $work->($i)]), "\n";
	}
	POSIX::_exit(0);
}

# Ends with the reason, and leaves no worker behind.
sub give_up {
	my ($why) = @_;
	end_workers();
	die "$why\n";
}

sub end_workers {
	kill('TERM', @workers);
	waitpid($_, 0) for @workers;
	@workers = ();
}

# ---- the tests ---------------------------------------------------------------
# Those that ctest has under the labels unit and golden.  A test that searches
# for minutes is tried only on what all others let pass.
my %late = map { $_ => 1 } qw(test_study test_program);
sub tests_of {
	my ($folder) = @_;
	my $ctest = decode_json(
	    scalar(`ctest --test-dir "$folder" --show-only=json-v1`));
	my %groups = (unit => [], golden => []);
	for my $test (@{$ctest->{tests}}) {
		my %labels = map { $_ => 1 } map { @{$_->{value}} }
		    grep { $_->{name} eq 'LABELS' } @{$test->{properties}};
		my ($group) = grep { $labels{$_} } qw(unit golden);
		my ($program, @words) = @{$test->{command} // []};
		# What detects or audits besides takes long, and other libraries
		# are of other objects.
		next if !defined $group || $labels{race} || $labels{oracle} ||
		    $labels{cli} ||
		    $test->{name} =~ /^(detector|audit|race)_/ ||
		    $program !~ m{^\Q$folder\E/(tests/\S*/test_\w+)$};
		push @{$groups{$group}}, {name => $test->{name}, kills => 0,
		    seconds => 0, target => $1, words => \@words};
	}
	return %groups;
}

my %groups = tests_of($build);
die "$build: not configured, or without tests\n" if !@{$groups{unit}};
die "unit, golden or any would be right, not $only\n"
    if defined $only && $only ne 'any' && !$groups{$only};
my @order = defined $only && $only ne 'any' ? ($only) : ('unit', 'golden');

# How the files of the library are compiled, and tests linked.
my $commands = do {
	local $/;
	open(my $in, '<', "$build/compile_commands.json") or
	    die "$build: not configured\n";
	decode_json(<$in>);
};
my %compile;
for my $c (@$commands) {
	my $object = $c->{command} =~ / -o (\S+)/ ? $1 : next;
	$compile{$c->{file}} = [$c->{command}, $object]
	    if $object =~ /pmapsim_(objects|no_points)\.dir/;
}
my %link;
for my $test (map { @{$_} } values %groups) {
	$link{$test->{target}} //=
	    (`ninja -C "$build" -t commands $test->{target}`)[-1];
}
# Some tests know other programs, and are not linked with the library.
for my $group (keys %groups) {
	$groups{$group} = [grep { $link{$_->{target}} =~ /libpmapsim\.a/ }
	    @{$groups{$group}}];
}

# Makes "program", which is of "test", run it; returns its status.
sub run_test {
	my ($test, $program) = @_;
	my $seconds = $limit * ($late{$test->{name}} ||
	    of_states($test->{name}) ? 10 : 1);
	my $pid = fork();
	die "fork: $!\n" if !defined $pid;
	if ($pid == 0) {
		chdir($source);
		setpgrp(0, 0);
		open(STDOUT, '>', "$tmp/log");
		open(STDERR, '>&', \*STDOUT);
		exec('sh', '-c', "ulimit -t $seconds; exec \"\$\@\"", 'sh',
		    $program, @{$test->{words}}) or exit 126;
	}
	$running = $pid;
	waitpid($pid, 0);
	$running = undef;
	return $?;
}

# Links the test with the error, once for all that run the same program.
my %linked;
sub link_test {
	my ($target) = @_;
	return $linked{$target} if defined $linked{$target};
	my $program = "$tmp/" . basename($target);
	my $command = $link{$target};
	$command =~ s{ -o \Q$target\E }{ -o $program } &&
	    $command =~ s{(\ssrc/libpmapsim\.a\s)}{ $tmp/mutant.o$1} or
	    die "$target: is not linked with src/libpmapsim.a\n";
	system("cd $build && $command > $tmp/log 2>&1") == 0 or
	    die "$target does not link\n";
	return $linked{$target} = $program;
}

# Whether "test" passes without an error, asked when it first fails with one: a
# test that fails anyhow catches none.
sub assert_sound {
	my ($test) = @_;
	return if $test->{sound}++;
	my $status = run_test($test, "$build/$test->{target}");
	$status == 0 || $status >> 8 == 77 or
	    die "$test->{name} fails without an error\n";
}

# Whether the test knows the states that golden traces lead to.  Those are
# pmapsim's own, so it is asked last, and the rates tell what is caught without.
sub of_states {
	my ($name) = @_;
	return $name =~ /^golden_states_/;
}

# How early to try "test" on an error in the file "name": first the tests that
# are called as the file is, then those that catch most errors a second.
sub rank {
	my ($test, $name) = @_;
	return -1 if $late{$test->{name}};
	return -1 / ($test->{seconds} + 1) if of_states($test->{name});
	return 1e9 + length($name) if $test->{name} =~ /^test_\Q$name\E/;
	return ($test->{kills} + 0.1) / ($test->{seconds} + 1);
}

# The test of the group that fails; undef: none.  Their order changes the time
# and not the result.
sub caught_by {
	my ($group, $path, $number) = @_;
	(my $name = basename($path)) =~ s/(_2022)?\.c$//;
	my %rank = map { $_->{name} => rank($_, $name) } @$group;
	for my $test (sort { $rank{$b->{name}} <=> $rank{$a->{name}} } @$group) {
		next if passes_over($test->{name}, $path, $number);
		my $program = link_test($test->{target});
		my $began = time();
		my $status = run_test($test, $program);
		$test->{seconds} += time() - $began;
		next if $status == 0 || $status >> 8 == 77;
		assert_sound($test);
		$test->{kills}++;
		return $test->{name};
	}
	return undef;
}

# ---- which test runs which line ----------------------------------------------
# The lines that each test runs, by gcov; kept in COVERAGE until it is built
# anew.  Lines of which gcov says nothing, as of one that goes on, are asked of
# all tests.
my $runs = {};

# The lines that there are, by file, and whether the test runs them.
sub lines_of {
	my ($test, @notes) = @_;
	my %lines;
	my $dir = tempdir(DIR => $tmp);
	local $ENV{GCOV_PREFIX} = $dir;
	run_test($test, "$coverage/$test->{target}");
	delete $ENV{GCOV_PREFIX};
	for my $notes (@notes) {
		(my $counts = $dir . $notes) =~ s/gcno$/gcda/;
		next if !-e $counts;
		link($notes, $dir . $notes) or symlink($notes, $dir . $notes);
		open(my $gcov, '-|', "cd $source && gcov --stdout " .
		    "--object-file $counts $counts 2> /dev/null") or
		    die "gcov: $!\n";
		my $file = '';
		while (<$gcov>) {
			my ($times, $line) = /^ *([^:]+): *(\d+):/ or next;
			if ($line == 0) {
				$file = "$source/$1"
				    if /Source:.*?(src\/\w+\/\w+\.c)/;
				next;
			}
			$lines{$file}{$line} = $times =~ /^\d/ ? 1 : 0
			    if $times ne '-' && !$lines{$file}{$line};
		}
	}
	system('rm', '-rf', $dir);
	return \%lines;
}

sub count_lines {
	my $kept = "$coverage/sample.lines";
	my @notes = map { abs_path($_) } grep { m{/(vm|amd64)/[^/]*$} }
	    glob("$coverage/src/CMakeFiles/pmapsim_{objects,no_points}.dir" .
	    "/*/*.gcno");
	die "$coverage: counts nothing\n" if !@notes;
	my ($newest) = sort { $a <=> $b } map { -M $_ }
	    @notes, glob("$coverage/tests/*/test_*");
	if (-e $kept && -M $kept < $newest) {
		$runs = retrieve($kept);
		return;
	}
	my %tests = tests_of($coverage);
	my @tests = map { @{$_} } values %tests;
	in_workers(scalar(@tests), sub {
		my ($i) = @_;
		return [$tests[$i]{name}, lines_of($tests[$i], @notes)];
	}, sub {
		my ($i, $lines) = @_;
		for my $file (keys %{$lines->[1]}) {
			my $of = $lines->[1]{$file};
			$runs->{$file}{$_} //= {} for keys %{$of};
			$runs->{$file}{$_}{$lines->[0]} = 1
			    for grep { $of->{$_} } keys %{$of};
		}
		return 1;
	});
	die "$coverage: gcov tells of no line\n" if !%{$runs};
	store($runs, $kept);
}

# Whether the line is code that the test does not run.
sub passes_over {
	my ($name, $path, $number) = @_;
	my $lines = $runs->{$path}{$number};
	return defined $lines && !$lines->{$name};
}

# ---- the sample --------------------------------------------------------------
my @errors = all_errors();
printf "%d possible errors, seed %s, %d drawn\n", scalar(@errors), $seed, $count;

# All of them, in the order in which they are drawn.
sub draw {
	my (@order, %drawn);
	while (@order < @errors) {
		my $i = below(scalar(@errors));
		push @order, $errors[$i] if !$drawn{$i}++;
	}
	return @order;
}

# Makes the error; returns whether it compiles, to "mutant.o", and what the line
# was.  What does not compile is no error that anybody could make.
sub make_error {
	my ($path, $number, $column, $length, $text) = @_;
	my $command = $compile{$path} or return;
	open(my $in, '<', $path) or die "$path: $!\n";
	my @lines = <$in>;
	close($in);
	my $was = $lines[$number - 1];
	substr($lines[$number - 1], $column, $length) = $text;
	open(my $out, '>', "$tmp/" . basename($path)) or die "$tmp: $!\n";
	print $out @lines;
	close($out);
	my @words = split(' ', $command->[0]);
	shift @words if $words[0] =~ /ccache/;
	s/^\Q$path\E$/"$tmp\/" . basename($path)/e for @words;
	s/^\Q$command->[1]\E$/$tmp\/mutant.o/ for @words;
	s/^-I\.\./-I$build\/../ for @words;
	push @words, '-w', '-I', dirname($path);
	chdir($build);
	my $status = system("cd $build && @words > $tmp/log 2>&1");
	$was =~ s/^\s+|\s+$//g;
	return ($status == 0, $was);
}

# Makes the error and shows it to the groups: which test of each catches it.
# undef: it does not compile.
sub try_error {
	my ($error) = @_;
	my ($path, $number, $column, $length, $text) = @{$error};
	my ($compiles, $was) = make_error(@{$error});
	return undef if !$compiles;
	unlink(values %linked);
	%linked = ();
	my %by;
	for my $group (@order) {
		$by{$group} = caught_by($groups{$group}, $path, $number);
		last if defined $by{$group} && ($only // '') eq 'any';
	}
	return {was => $was, by => \%by};
}

my ($tried, %caught) = (0, unit => 0, golden => 0, any => 0, recorded => 0);
sub report {
	my ($error, $was, %by) = @_;
	my ($path, $number, $column, $length, $text) = @{$error};
	$tried++;
	$caught{$_}++ for grep { defined $by{$_} } keys %by;
	$caught{any}++ if grep { defined } values %by;
	$caught{recorded}++ if defined $by{golden} && !of_states($by{golden});
	(my $short = $path) =~ s{^\Q$source\E/}{};
	printf "%s %s:%d: %s -> %s\n    in: %s\n    unit: %s, golden: %s\n",
	    (grep { defined } values %by) ? 'caught' : 'SURVIVED', $short,
	    $number, $text eq ';' ? 'the statement' : 'column ' . ($column + 1),
	    $text eq ';' ? 'nothing' : "\"$text\"",
	    $was, map { $by{$_} // '-' } ('unit', 'golden');
}

sub rates {
	die "none was tried\n" if $tried == 0;
	printf "%d errors: %d caught (%.1f%%); unit tests %.1f%%, golden traces " .
	    "%.1f%%%s, %.1f%% by what is recorded in them\n",
	    $tried, $caught{any},
	    (map { 100 * $_ / $tried } @caught{'any', 'unit', 'golden'}),
	    ($only // '') eq 'any' ? " that no unit test caught" : " alone",
	    100 * $caught{recorded} / $tried;
}

# Errors count in the order in which they were drawn, whoever tried them.
$SIG{TERM} = sub { end_workers(); rates(); exit 0 };
$| = 1;
count_lines() if defined $coverage;
my @drawn = draw();
in_workers(scalar(@drawn), sub { return try_error($drawn[$_[0]]) }, sub {
	my ($i, $result) = @_;
	report($drawn[$i], $result->{was}, %{$result->{by}}) if defined $result;
	return $tried < $count;
});
rates();
