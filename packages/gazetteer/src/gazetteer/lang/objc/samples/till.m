#import "Till.h"
/* Not of the till. */

/** A till.
 *  It counts. */
@interface Till : NSObject @end
// Sells things,
// one by one.
@implementation Till
/// Sells.
/// - Returns: whether it did.
- (BOOL)sell:(NSString *)name
          to:(__unused id<Payable>)buyer
        then:(void (^)(id sold, NSError *error))done
{
  if (done) { done(name, nil); }
  return YES - (BOOL)[self isOpen];
}
// Far from it.

- (NSComparisonResult) compare: (NSString*)aString options: (NSUInteger)mask;
{
  return 0;
}
- (NSArray *)
  ringAll: (id)first, ... NS_REQUIRES_NIL_TERMINATION
{
  return nil;
}
+ (id)at:(int)x :(int)y { return nil; } // At once.
- close { return self; }
@end
@implementation
Till (Counting)
/* How many. */
- (int)count; { return 0; }
@end
@protocol Payable
@optional
// Pays.
- (void)pay:(double)sum
    withTip:(double)tip API_AVAILABLE(ios(8));
// In pence.
@property (readonly) int sum;
@end
/* Drawers. */
@interface Drawer : NSObject <Payable> {
  // How many, and of what.
  int count, *sums;
  NSString *name;  // As it is called.
@public
#if DRAWERS
  struct { int left; id<Payable> right; } pair;
#endif
  unsigned locked:1, open:1;
@private
  double prices[4];
  void (^done)(int a, id b);
  NSMutableDictionary<NSString *, Till *> *tills;
}
- (id)name;
@end
@implementation Drawer
{
  id hidden;
}
- (id)name { return name; }
@end
